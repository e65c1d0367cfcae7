import { ablateGroups, type MeasuringRun, type NodeGroup } from '../../ablation/index.js';
import type { CriterionName, ScoredData } from '../../criteria/index.js';
import type { LabelledData } from '../../data/index.js';
import { evaluate } from '../../engine/index.js';
import { type CutPoint, chooseLayers, cutPoints, type Network, nodeCount } from '../../network/index.js';
import {
  type CoupledLayers,
  coupledLayers,
  createPlan,
  expectRemovable,
  type PruningPlan,
  selectNodes,
} from '../../pruning/index.js';
import { expectArguments } from '../../util/arguments.js';
import { expectOneOf, invalid } from '../../util/expect.js';
import { pick } from '../choice.js';
import type { IntactEvent, Measured, PointsEvent, PointsTable } from './events.js';
import { type Keeping, openKeeping, pointFacts } from './journal.js';
import { gatherPoints, measureIntact, pointsProgress, secondsSince } from './points.js';
import { checkAmounts, checkCriteria, defaultAmounts } from './sweep.js';
import { type ScoredNodes, scoreNodes, shrunkBy, type Trimmer, type TrimOptions, trimmers } from './trim.js';

/** What each layer loses by itself. */
export interface SensitivityOptions extends Omit<TrimOptions, 'scope'> {
  /** Default `l2`, for weights `magnitude`. */
  readonly criterion?: CriterionName;
  /** Several, in place of `criterion`: every layer gets a curve of each. */
  readonly criteria?: readonly CriterionName[];
  /** Whether single weights become 0. Default: whole nodes go. */
  readonly weights?: boolean;
  /** Shares from 0 to below 1 of each layer's nodes or weights. Default 0, 0.1, ..., 0.9. */
  readonly amounts?: readonly number[];
  /** Samples that the criterion looks at. Default: those that are measured. */
  readonly scoringData?: ScoredData;
  /** A file that keeps what was measured: the same call with the same file goes on from there. */
  readonly journal?: string;
}

/** The network without a share of the nodes (or weights) of one layer, or of layers whose nodes can only go together. */
export interface SensitivityPoint extends Measured {
  readonly criterion: CriterionName;
  /** The names of the layers, joined by ` + `. */
  readonly layer: string;
  readonly amount: number;
  /** Nodes or weights that are gone, of all these layers. */
  readonly removed: number;
}

/** Layers of which no node can go, and why. */
export interface RefusedLayers {
  readonly layer: string;
  readonly reason: string;
}

/** What a sensitivity run tells, in order. */
export type SensitivityEvent = PointsEvent<SensitivityPoint, { readonly type: 'refused' } & RefusedLayers>;

/** A whole run as one document. */
export interface SensitivityTable extends PointsTable<SensitivityPoint> {
  readonly refused: readonly RefusedLayers[];
}

/** A running measurement of layers by themselves. */
export type SensitivityRun = MeasuringRun<SensitivityEvent, SensitivityTable>;

/**
 * How much each layer can lose by itself: curves of accuracy against the share of its nodes (or weights) that is gone, exactly,
 * on all samples. Layers whose nodes can only go together are pruned together; those of which none can go are refused by name.
 *
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for what does not fit; ERR_NATIVE for an engine that is not
 * there; ERR_ABORTED, while the events are read.
 * @example
 * for await (const event of sensitivity(network, { x, y })) if (event.type === 'point') console.log(event.layer, event.loss);
 */
export function sensitivity(network: Network, data: LabelledData, options: SensitivityOptions = {}): SensitivityRun {
  expectArguments({ network, options });
  const events = run(network, data, prepare(network, data, options));
  return { [Symbol.asyncIterator]: () => events, collect: () => tabulateSensitivity(events) };
}

interface Prepared {
  readonly started: number;
  readonly about: Pick<IntactEvent, 'what' | 'cut' | 'scope'>;
  readonly options: SensitivityOptions;
  readonly amounts: readonly number[];
  readonly coupled: readonly CoupledLayers[];
  readonly judges: readonly { readonly criterion: CriterionName; readonly score: () => Promise<Judge> }[];
  readonly open: () => Promise<Keeping>;
}

/** A criterion that has seen the network. */
interface Judge {
  readonly notice: string | null;
  /** All points of one curve. */
  measure(set: CoupledLayers): Promise<SensitivityPoint[]>;
}

function prepare(network: Network, data: LabelledData, options: SensitivityOptions): Prepared {
  const started = performance.now();
  const { criterion, criteria, weights = false, amounts = defaultAmounts, journal } = options;
  if (criterion && criteria) throw invalid('criterion', 'none beside criteria', criterion);
  const what = weights ? 'weights' : 'nodes';
  const names = criteria ?? [criterion ?? usual[what]];
  checkCriteria(names, what, trimming(options), criteria ? 'criteria' : 'criterion');
  checkAmounts(amounts);
  const coupled = weights ? eachAlone(network, options) : coupledLayers(network, options.layers);
  if (!weights) expectRemovable(network, options.layers);
  return {
    started,
    about: { what, cut: cutOf(options), scope: 'layer' },
    options,
    amounts,
    coupled,
    judges: names.map((name) => {
      return { criterion: name, score: judges[what](network, data, { ...options, criterion: name, amounts }, coupled) };
    }),
    open: () => openKeeping(journal, () => pointFacts('sensitivity', network, data, options)),
  };
}

const usual = { nodes: 'l2', weights: 'magnitude' } as const;

function cutOf({ weights = false, cut }: SensitivityOptions): CutPoint | null {
  if (!weights) return expectOneOf('cut', cut ?? 'weights', cutPoints);
  if (cut !== undefined) throw invalid('cut', 'none: single weights become 0', cut);
  return null;
}

/** What scoring and measuring are told. */
function trimming(options: SensitivityOptions): TrimOptions {
  const { criterion: _c, criteria: _cs, weights: _w, amounts: _a, scoringData: _s, journal: _j, ...rest } = options;
  return rest;
}

/** Single weights can go of any layer. */
const eachAlone = (network: Network, { layers }: SensitivityOptions): CoupledLayers[] =>
  chooseLayers(network, layers).map((layer) => ({ layers: [layer.name], nodes: nodeCount(layer), stays: null }));

type Judging = SensitivityOptions & Required<Pick<SensitivityOptions, 'criterion' | 'amounts'>>;

/** One row for each thing that can be removed. Scoring is checked at the call and done when the judge is awaited. */
const judges: {
  readonly [What in 'nodes' | 'weights']: (
    network: Network,
    data: LabelledData,
    options: Judging,
    coupled: readonly CoupledLayers[],
  ) => () => Promise<Judge>;
} = {
  nodes: (network, data, options, coupled) => {
    const layers = coupled.flatMap(({ layers: names, stays }) => (stays === null ? names : []));
    const { criterion, scoringData = data } = options;
    const scoring = { ...trimming(options), layers };
    const score = layers.length > 0 ? scoreNodes({ network, data: scoringData, criterion, options: scoring }) : nothing;
    return async () => {
      const scored = await score();
      return { notice: scored.notice, measure: (set) => measureCurve(network, data, options, scored, set) };
    };
  },
  weights: (network, data, options, coupled) => {
    const { criterion, scoringData = data } = options;
    const scoring = { ...trimming(options), layers: coupled.flatMap(({ layers }) => layers) };
    const score = trimmers.weights({ network, data: scoringData, criterion, options: scoring });
    return async () => {
      const trimmer = await score();
      return { notice: trimmer.notice, measure: (set) => measureZeros(data, options, trimmer, set) };
    };
  },
};

const nothing = async (): Promise<ScoredNodes> => ({ keep: 'high', scored: [], planning: {}, notice: null });

const nameOf = ({ layers }: CoupledLayers): string => layers.join(' + ');

async function* run(
  network: Network,
  data: LabelledData,
  prepared: Prepared,
): AsyncGenerator<SensitivityEvent, void, undefined> {
  const { started, about, options, coupled, judges: all, open } = prepared;
  await using kept = await open();
  const measuring = pick(options, ['engine', 'threads', 'memory', 'signal', 'loss']);
  const intact = await kept.keep('baseline', () => measureIntact(network, data, measuring));
  const scored: (Judge & { readonly criterion: CriterionName })[] = [];
  for (const { criterion, score } of all) scored.push({ criterion, ...(await score()) });
  const notices = [intact.notice, ...scored.map(({ notice }) => notice)].filter((notice) => notice !== null);
  yield { type: 'baseline', schemaVersion: 1, ...about, ...intact, notice: notices.join('; ') || null };
  for (const set of coupled) if (set.stays !== null) yield { type: 'refused', layer: nameOf(set), reason: set.stays };
  const able = coupled.filter(({ stays }) => stays === null);
  const curves = scored.flatMap((judge) => able.map((set) => ({ ...judge, set })));
  for (const [i, { criterion, set, measure }] of curves.entries()) {
    const points = await kept.keep(`${criterion} ${nameOf(set)}`, () => measure(set));
    for (const point of points) yield { type: 'point', ...point };
    yield pointsProgress(started, i + 1, curves.length);
  }
  yield { type: 'done', seconds: secondsSince(started) };
}

/** All points of one curve, as sets of cuts: what lies in front of the layers is computed once for all of them. */
async function measureCurve(
  network: Network,
  data: LabelledData,
  options: Judging,
  { keep, scored, planning }: ScoredNodes,
  set: CoupledLayers,
): Promise<SensitivityPoint[]> {
  const { criterion, amounts } = options;
  const selection = { keep, layers: set.layers, ...pick(options, ['minimum']) };
  const plans = amounts.map((amount) =>
    createPlan(network, selectNodes(network, scored, { ...selection, amount }), planning),
  );
  const measuring = pick(options, ['engine', 'threads', 'memory', 'signal', 'loss', 'cut']);
  const { groups } = await ablateGroups(network, data, plans.map(groupOf), measuring).collect();
  return groups.map(({ loss, accuracy }, i) => {
    const { network: _left, ...size } = shrunkBy(network, plans[i]!);
    return { criterion, layer: nameOf(set), amount: amounts[i]!, loss, accuracy, ...size };
  });
}

/** The same for single weights; no points where the criterion says nothing about the layer. */
async function measureZeros(
  data: LabelledData,
  options: Judging,
  { trim, scored }: Trimmer,
  { layers }: CoupledLayers,
): Promise<SensitivityPoint[]> {
  const { criterion, amounts } = options;
  const measuring = pick(options, ['engine', 'threads', 'memory', 'signal', 'loss']);
  const points: SensitivityPoint[] = [];
  for (const amount of layers.every((name) => scored.includes(name)) ? amounts : []) {
    const { network: left, plan: _plan, ...size } = trim(amount, layers);
    const { loss, accuracy } = await evaluate(left, data, measuring);
    points.push({ criterion, layer: layers.join(), amount, loss, accuracy, ...size });
  }
  return points;
}

const groupOf = ({ nodes }: PruningPlan): NodeGroup => nodes;

/**
 * Reads a run to its end.
 *
 * @throws SecateurError ERR_ARGUMENT if its events were read before.
 */
export async function tabulateSensitivity(events: AsyncIterable<SensitivityEvent>): Promise<SensitivityTable> {
  const { first, all, seconds } = await gatherPoints<SensitivityEvent>(events);
  return { ...first('baseline'), points: all('point'), refused: all('refused'), seconds };
}
