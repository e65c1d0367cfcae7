import { type CriterionName, type CriterionOptions, criteria, type ScoredData, scores } from '../criteria/index.js';
import type { LabelledData } from '../data/index.js';
import { prepareSamples, type RunOptions, selectEngine } from '../engine/index.js';
import { type CutPoint, type LayerId, type LossName, type Network, nodeCount, nodeOutput } from '../network/index.js';
import {
  type Amounts,
  type Certificate,
  certify,
  createPlan,
  maskNetwork,
  type NodesByLayer,
  type PlanOptions,
  type PruningPlan,
  type SelectOptions,
  selectNodes,
  shrinkNetwork,
} from '../pruning/index.js';
import { SecateurError } from '../util/errors.js';

export interface PruneOptions
  extends RunOptions,
    Amounts,
    Pick<SelectOptions, 'scope' | 'layers' | 'minimum' | 'roundTo'>,
    Omit<CriterionOptions, 'cut'> {
  readonly criterion: CriterionName;
  /** Where nodes are cut, by knock-out criteria too. Default `weights`. */
  readonly cut?: CutPoint;
  /** Default: the model's own, else by its head and the targets. */
  readonly loss?: LossName;
  /** Whether the network keeps its size, planned nodes cut. Default: it shrinks. */
  readonly mask?: boolean;
}

export interface PruneResult {
  readonly network: Network;
  readonly plan: PruningPlan;
  readonly certificate: Certificate;
  /** What the reader should know: an engine passed over, nodes that stay in place. */
  readonly notices: readonly string[];
}

/** What options are the criterion's and the selection's, and not the plan's. */
const amounts = ['amount', 'threshold', 'meanThreshold', 'budgetParameters', 'budgetMacs'] as const;

/**
 * Scores the nodes, plans which go, and shrinks (or masks) the network, with the certificate that proves it.
 *
 * @param data samples with labels; null for criteria that look at weights alone: the certificate then compares over
 * random inputs only.
 * @throws SecateurError ERR_ARGUMENT, ERR_SHAPE or ERR_DATA for what does not fit; ERR_GATE if the shrunk network does not
 * compute what the plan says, which is a bug; ERR_ABORTED.
 * @example
 * const { network, certificate } = await prune(model, { x, y }, { criterion: 'taylor', amount: 0.5 });
 */
export async function prune(network: Network, data: ScoredData | null, options: PruneOptions): Promise<PruneResult> {
  const {
    scope: _scope,
    layers,
    minimum: _minimum,
    roundTo: _roundTo,
    cut = 'weights',
    mask = false,
    ...rest
  } = options;
  const table = await scores(network, data, { ...scoring(rest, cut), ...(layers ? { layers } : {}) }).collect();
  const scored = table.layers.flatMap((row) => row.scores.map((score, node) => ({ layer: row.layer, node, score })));
  const made = madeOf(options, cut);
  const selection = { ...pick(options, ['scope', 'layers', 'minimum', 'roundTo', ...amounts]), keep: table.keep };
  const means = cut === 'mean' ? await meansOf(network, data, options) : undefined;
  const planning: PlanOptions = { cut, made, ...(means ? { values: means } : {}) };
  const nodes: NodesByLayer = selectNodes(network, scored, { ...selection, plan: planning });
  const plan = createPlan(network, nodes, planning);
  const pruned = mask ? { network: maskNetwork(network, plan), removed: [], kept: [] } : shrinkNetwork(network, plan);
  const certificate = await certify(network, plan, pruned, {
    ...pick(options, ['engine', 'threads', 'signal', 'loss']),
    ...(isLabelled(data) ? { data } : {}),
  });
  expectHolds(certificate);
  const stays = pruned.kept.map(({ nodes: own, reason }) => `${toldNodes(own)} stays in place, cut: ${reason}`);
  return { network: pruned.network, plan, certificate, notices: [table.notice ?? [], stays].flat() };
}

/** @throws SecateurError ERR_GATE unless the certificate holds. */
export function expectHolds({ holds, maxAbsDifference: { data, random }, tolerance }: Certificate): void {
  if (holds) return;
  const most = Math.max(data ?? 0, random);
  throw new SecateurError('ERR_GATE', `the pruned network differs by ${most} from its plan, more than ${tolerance}`, {
    hint: 'the plan, the original and the pruned network do not belong together, or one of them was changed',
  });
}

const isLabelled = (data: ScoredData | null): data is LabelledData => data !== null && data.y !== undefined;

const toldNodes = (nodes: PruningPlan['nodes']): string =>
  nodes.map(({ layer, nodes: own }) => `${own.join(', ')} of "${layer}"`).join(' with ');

function pick<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.flatMap((key) => (object[key] === undefined ? [] : [[key, object[key]]]))) as Pick<
    T,
    K
  >;
}

type Scoring = Omit<PruneOptions, 'scope' | 'layers' | 'minimum' | 'roundTo' | 'cut' | 'mask'>;

/** A criterion that knocks nodes out does it where the plan cuts them; the others do not know of cuts. */
function scoring(rest: Scoring, cut: CutPoint): Parameters<typeof scores>[2] {
  const own = Object.fromEntries(Object.entries(rest).filter(([key]) => !amounts.some((name) => name === key)));
  const knocksOut = criteria[rest.criterion].takes.some((name) => name === 'cut');
  return { ...own, criterion: rest.criterion, ...(knocksOut ? { cut } : {}) };
}

/** What stands in the plan about its origin: plain data, no handles. */
function madeOf(
  { signal: _signal, engine: _engine, threads: _threads, memory: _memory, ...said }: PruneOptions,
  cut: CutPoint,
) {
  return { ...said, cut };
}

async function meansOf(
  network: Network,
  data: ScoredData | null,
  { engine: name, threads, signal }: PruneOptions,
): Promise<(layer: string, node: number) => number> {
  if (data === null) {
    throw new SecateurError('ERR_ARGUMENT', 'cut mean: means are taken over samples, and there are none', {
      hint: 'give data, or cut at weights or zero',
    });
  }
  const sites = new Map(
    network.layers.filter((layer) => nodeCount(layer) > 0).map((layer) => [layer.name, nodeOutput(network, layer).id]),
  );
  using compiled = selectEngine(name).engine.compile(network, threads === undefined ? {} : { threads });
  const ids = [...new Set(sites.values())];
  const means = await compiled.channelMeans(prepareSamples(network, data), ids, signal ? { signal } : {});
  return (layer, node) => means[ids.indexOf(sites.get(layer) as LayerId)]?.[node] ?? Number.NaN;
}
