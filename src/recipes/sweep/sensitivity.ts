import { ablateGroups, type MeasuringRun, type NodeGroup } from '../../ablation/index.js';
import type { CriterionName, ScoredData } from '../../criteria/index.js';
import type { LabelledData } from '../../data/index.js';
import { cutPoints, type Network } from '../../network/index.js';
import {
  type CoupledLayers,
  coupledLayers,
  createPlan,
  expectRemovable,
  type PruningPlan,
  selectNodes,
} from '../../pruning/index.js';
import { expectOneOf } from '../../util/expect.js';
import { pick } from '../choice.js';
import type { Measured, PointsEvent, PointsTable } from './events.js';
import { type Keeping, openKeeping, pointFacts } from './journal.js';
import { gatherPoints, measureIntact, pointsProgress, secondsSince } from './points.js';
import { checkAmounts, checkCriteria, defaultAmounts } from './sweep.js';
import { type ScoredNodes, scoreNodes, shrunkBy, type TrimOptions } from './trim.js';

/** What each layer loses by itself. */
export interface SensitivityOptions extends Omit<TrimOptions, 'scope'> {
  /** Default `l2`. */
  readonly criterion?: CriterionName;
  /** Shares from 0 to below 1 of each layer's nodes. Default 0, 0.1, ..., 0.9. */
  readonly amounts?: readonly number[];
  /** Samples that the criterion looks at. Default: those that are measured. */
  readonly scoringData?: ScoredData;
  /** A file that keeps what was measured: the same call with the same file goes on from there. */
  readonly journal?: string;
}

/** The network without a share of the nodes of one layer, or of layers whose nodes can only go together. */
export interface SensitivityPoint extends Measured {
  readonly criterion: CriterionName;
  /** The names of the layers, joined by ` + `. */
  readonly layer: string;
  readonly amount: number;
  /** Nodes that are gone, of all these layers. */
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
 * How much each layer can lose by itself: curves of accuracy against the share of its nodes that is gone, exactly, on all
 * samples. Layers whose nodes can only go together are pruned together; those of which none can go are refused by name.
 *
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for what does not fit; ERR_NATIVE for an engine that is not
 * there; ERR_ABORTED, while the events are read.
 * @example
 * for await (const event of sensitivity(network, { x, y })) if (event.type === 'point') console.log(event.layer, event.loss);
 */
export function sensitivity(network: Network, data: LabelledData, options: SensitivityOptions = {}): SensitivityRun {
  const events = run(network, data, prepare(network, data, options));
  return { [Symbol.asyncIterator]: () => events, collect: () => tabulateSensitivity(events) };
}

interface Prepared {
  readonly started: number;
  readonly criterion: CriterionName;
  readonly options: SensitivityOptions;
  readonly amounts: readonly number[];
  readonly coupled: readonly CoupledLayers[];
  readonly score: () => Promise<ScoredNodes>;
  readonly open: () => Promise<Keeping>;
}

function prepare(network: Network, data: LabelledData, options: SensitivityOptions): Prepared {
  const started = performance.now();
  const { criterion = 'l2', amounts = defaultAmounts, scoringData = data, journal, ...trimming } = options;
  checkCriteria([criterion], 'nodes', trimming);
  expectOneOf('cut', options.cut ?? 'weights', cutPoints);
  const coupled = coupledLayers(network, options.layers);
  expectRemovable(network, options.layers);
  const layers = coupled.flatMap(({ layers: names, stays }) => (stays === null ? names : []));
  return {
    started,
    criterion,
    options,
    amounts: checkAmounts(amounts),
    coupled,
    score:
      layers.length > 0
        ? scoreNodes({ network, data: scoringData, criterion, options: { ...trimming, layers } })
        : nothing,
    open: () => openKeeping(journal, () => pointFacts('sensitivity', network, data, options)),
  };
}

const nothing = async (): Promise<ScoredNodes> => ({ keep: 'high', scored: [], planning: {}, notice: null });

const nameOf = ({ layers }: CoupledLayers): string => layers.join(' + ');

async function* run(
  network: Network,
  data: LabelledData,
  prepared: Prepared,
): AsyncGenerator<SensitivityEvent, void, undefined> {
  const { started, options, coupled, score, open } = prepared;
  await using kept = await open();
  const measuring = pick(options, ['engine', 'threads', 'memory', 'signal', 'loss']);
  const intact = await kept.keep('baseline', () => measureIntact(network, data, measuring));
  const about = { what: 'nodes', cut: options.cut ?? 'weights', scope: 'layer' } as const;
  const scored = await score();
  const notices = [intact.notice, scored.notice].filter((notice) => notice !== null);
  yield { type: 'baseline', schemaVersion: 1, ...about, ...intact, notice: notices.join('; ') || null };
  for (const set of coupled) if (set.stays !== null) yield { type: 'refused', layer: nameOf(set), reason: set.stays };
  const curves = coupled.filter(({ stays }) => stays === null);
  for (const [i, set] of curves.entries()) {
    const points = await kept.keep(nameOf(set), () => measureCurve(network, data, prepared, scored, set));
    for (const point of points) yield { type: 'point', ...point };
    yield pointsProgress(started, i + 1, curves.length);
  }
  yield { type: 'done', seconds: secondsSince(started) };
}

/** All points of one curve, as sets of cuts: what lies in front of the layers is computed once for all of them. */
async function measureCurve(
  network: Network,
  data: LabelledData,
  { criterion, amounts, options }: Prepared,
  { keep, scored, planning }: ScoredNodes,
  set: CoupledLayers,
): Promise<SensitivityPoint[]> {
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
