import type { LabelledData } from '../data/index.js';
import { chooseLayers, type Network } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import type { BaselineEvent, DoneEvent, ProgressEvent } from './events.js';
import { type Gathered, gather, type MeasureOptions, type MeasuringRun } from './measuring.js';
import { selectNodes } from './plan.js';
import { cutSets, type MeasuringSets, measureSets, prepareSets, type Without } from './sets.js';

/** Whose pairs are measured. */
export interface PairsOptions extends MeasureOptions {
  /** Name of the layer. */
  readonly layer: string;
  /** Node numbers; default: all of the layer. */
  readonly nodes?: readonly number[];
}

/** The network without one node. */
export interface SingleEvent extends Without {
  readonly type: 'single';
  readonly layer: string;
  readonly node: number;
}

/** The network without two nodes of a layer. */
export interface PairEvent extends Without {
  readonly type: 'pair';
  readonly layer: string;
  /** In rising order. */
  readonly nodes: readonly [number, number];
  /**
   * `change(both) - change(one) - change(other)`: 0 if they act side by side, negative if each stands in for the other,
   * so that the loss of both costs more than their two losses.
   */
  readonly interaction: number;
}

/** What a run over pairs tells, in order. */
export type PairsEvent = BaselineEvent | SingleEvent | PairEvent | ProgressEvent | DoneEvent;

/** A whole run as one document. */
export interface PairsTable {
  readonly schemaVersion: 1;
  readonly baseline: Gathered<PairsEvent>['baseline'];
  readonly layer: string;
  readonly nodes: readonly Omit<SingleEvent, 'type' | 'layer'>[];
  readonly pairs: readonly Omit<PairEvent, 'type' | 'layer'>[];
  /** From the call to the last result. */
  readonly seconds: number;
}

/**
 * Measures the network without every two nodes of a layer, exactly, on all samples, and how much the two interact. First
 * come the single nodes, then the pairs: (0, 1), (0, 2), ... (1, 2), and so on.
 *
 * A node that does nothing interacts with none: its interactions are exactly 0.
 *
 * @throws SecateurError as `ablate`; ERR_ARGUMENT unless there are two nodes.
 */
export function ablatePairs(
  network: Network,
  data: LabelledData,
  options: PairsOptions,
): MeasuringRun<PairsEvent, PairsTable> {
  expectArguments({ network, settings: options });
  const { layer, nodes, ...measured } = options;
  const [found] = chooseLayers(network, [layer]);
  const numbers = [...selectNodes(found!, nodes, 'nodes', 2)];
  const singles = numbers.map((_, index) => [index]);
  const pairs = numbers.flatMap((_, i) => numbers.slice(i + 1).map((_, j) => [i, i + 1 + j]));
  const refs = numbers.map((node) => ({ layer, node }));
  const sets = cutSets([...singles, ...pairs], false);
  const measuring = prepareSets(network, data, { name: 'nodes', nodes: refs, sets }, measured);
  const events = run(measuring);
  return { [Symbol.asyncIterator]: () => events, collect: () => tabulatePairs(events) };
}

function run(measuring: MeasuringSets): AsyncGenerator<PairsEvent, void, undefined> {
  const { nodes, sets } = measuring;
  const changes: number[] = [];
  return measureSets<SingleEvent | PairEvent>(measuring, (set, without) => {
    const [one, other] = sets.members.subarray(sets.ends[set - 1] ?? 0, sets.ends[set]);
    const { layer, node } = nodes[one!]!;
    if (other === undefined) {
      changes.push(without.change);
      return { type: 'single', layer, node, ...without };
    }
    const interaction = without.change - changes[one!]! - changes[other]!;
    return { type: 'pair', layer, nodes: [node, nodes[other]!.node], ...without, interaction };
  });
}

/**
 * Reads a run to its end. @throws SecateurError ERR_ARGUMENT if its events were read before.
 *
 * @throws SecateurError ERR_ARGUMENT if its events were read before.
 */
export async function tabulatePairs(events: AsyncIterable<PairsEvent>): Promise<PairsTable> {
  const { baseline, of, seconds } = await gather<PairsEvent>(events);
  const singles = of('single');
  return {
    schemaVersion: 1,
    baseline,
    layer: singles[0]?.layer ?? '',
    nodes: singles.map(({ layer: _layer, ...rest }) => rest),
    pairs: of('pair').map(({ layer: _layer, ...rest }) => rest),
    seconds,
  };
}
