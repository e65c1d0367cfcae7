import type { LabelledData } from '../data/index.js';
import type { CompiledNetwork, CutSets, Cuts } from '../engine/index.js';
import { chooseLayers, type Layer, type LayerId, type Network, nodeOutput } from '../network/index.js';
import { digestOf, type JournalFacts } from '../run/index.js';
import { SecateurError } from '../util/errors.js';
import { invalid } from '../util/expect.js';
import type { BaselineEvent, DoneEvent, ProgressEvent } from './events.js';
import { ablateSetsJournaled, openMeasuringJournal, resumable } from './journaled/index.js';
import {
  ablatedMeansOf,
  baselineEvent,
  compileFor,
  cutValues,
  doneEvent,
  type MeasureOptions,
  type Measuring,
  prepareMeasuring,
  progressEvents,
  signalOf,
} from './measuring.js';
import { selectNodes } from './plan.js';

/** One node by its layer's name and its number in the layer. */
export interface NodeRef {
  readonly layer: string;
  readonly node: number;
}

/** What the network measures without some nodes. Final. */
export interface Without {
  readonly loss: number;
  /** `loss(intact) - loss(without them)`: positive means better without. */
  readonly change: number;
  /** Share of right answers; null for the mean squared error. */
  readonly accuracy: number | null;
  /** How many predictions differ from those of the intact network, as `NodeEvent` has it. */
  readonly flips: number | null;
}

/** Nodes to be cut in sets, each set a list of indices into `nodes`; see `CutSets`. */
export interface MeasuringSets extends Measuring {
  readonly nodes: readonly NodeRef[];
  readonly sites: readonly LayerId[];
  readonly sets: CutSets;
}

/**
 * Checks the nodes, which `name` the argument that they came in.
 *
 * @throws SecateurError ERR_ARGUMENT for a layer or node that is not there, listing those that are.
 */
export function prepareSets(
  network: Network,
  data: LabelledData,
  { name, nodes, sets }: { readonly name: string; readonly nodes: readonly NodeRef[]; readonly sets: CutSets },
  options: MeasureOptions,
): MeasuringSets {
  const measuring = prepareMeasuring(network, data, options);
  const layers = new Map<string, Layer>();
  for (const { layer, node } of nodes) {
    const [found] = layers.has(layer) ? [layers.get(layer)!] : chooseLayers(network, [layer]);
    layers.set(layer, found!);
    selectNodes(found!, [node], name);
  }
  const siteOf = ({ layer }: NodeRef): LayerId => {
    const found = layers.get(layer)!;
    return measuring.cut === 'weights' ? found.id : nodeOutput(network, found, measuring.head.scores).id;
  };
  return { ...measuring, nodes, sites: nodes.map(siteOf), sets };
}

/** Lists of nodes as lists of indices into one list of all of them. @throws ERR_ARGUMENT for a node twice in a list. */
export function indexNodes(
  name: string,
  lists: readonly (readonly NodeRef[])[],
): { readonly nodes: NodeRef[]; readonly indices: number[][] } {
  const known = new Map<string, number>();
  const nodes: NodeRef[] = [];
  const indices = lists.map((list) => {
    const own = list.map(({ layer, node }) => {
      const key = `${node} ${layer}`;
      if (!known.has(key)) known.set(key, nodes.push({ layer, node }) - 1);
      return known.get(key)!;
    });
    const twice = own.find((index, i) => own.indexOf(index) < i);
    if (twice === undefined) return own;
    const { layer, node } = nodes[twice]!;
    throw new SecateurError('ERR_ARGUMENT', `${name}: node ${node} of layer "${layer}" is named twice`);
  });
  return { nodes, indices };
}

/** Sets from lists of indices; with `growing` each holds the lists before its own too. */
export function cutSets(lists: readonly (readonly number[])[], growing: boolean): CutSets {
  const members = new Uint32Array(lists.reduce((sum, { length }) => sum + length, 0));
  const ends = new Uint32Array(lists.length);
  let end = 0;
  for (const [i, list] of lists.entries()) {
    members.set(list, end);
    end += list.length;
    ends[i] = end;
  }
  return { members, ends, grows: new Uint8Array(lists.length).fill(Number(growing)).fill(0, 0, 1) };
}

/** Measures the sets, in their order; `tell` makes an event of each. */
export async function* measureSets<E>(
  measuring: MeasuringSets,
  tell: (set: number, without: Without) => E,
): AsyncGenerator<BaselineEvent | ProgressEvent | E | DoneEvent, void, undefined> {
  await using journal = await openMeasuringJournal(measuring, factsOf(measuring));
  using compiled = compileFor(measuring);
  const { samples, head, sets } = measuring;
  const job = { samples, head, cuts: await cutsOf(compiled, measuring), sets, ...signalOf(measuring) };
  const events = journal === null ? compiled.ablateSets(job) : resumable(ablateSetsJournaled(compiled, job, journal));
  let intact = 0;
  for await (const event of events) {
    if (event.type === 'progress') yield* progressEvents(measuring, event.done, event.resumed);
    else if (event.type === 'baseline') {
      const baseline = baselineEvent(measuring, event);
      intact = baseline.loss;
      yield baseline;
    } else {
      const { loss, ...others } = ablatedMeansOf(measuring, event);
      yield tell(event.set, { loss, change: intact - loss, ...others });
    }
  }
  yield doneEvent(measuring, measuring.nodes.length);
}

const factsOf = ({ nodes, sets: { members, ends, grows } }: MeasuringSets): JournalFacts => ({
  command: 'ablate sets',
  nodes: digestOf(JSON.stringify(nodes), members, ends, grows),
});

async function cutsOf(compiled: CompiledNetwork, measuring: MeasuringSets): Promise<Cuts> {
  const { nodes, sites } = measuring;
  const valueAt = await cutValues(compiled, measuring, [...new Set(sites)]);
  return {
    sites: Uint32Array.from(sites),
    nodes: Uint32Array.from(nodes, ({ node }) => node),
    values: Float32Array.from(nodes, ({ node }, i) => valueAt(sites[i]!, node)),
  };
}

/** @throws SecateurError ERR_ARGUMENT unless `value` is a list with something in it. */
export function expectList<T>(name: string, expected: string, value: readonly T[]): readonly T[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid(name, expected, value);
  return value;
}
