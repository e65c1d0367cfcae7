import {
  type CriterionName,
  type CriterionOptions,
  criteria,
  noticeOf,
  type ScoredData,
  scores,
  weightScores,
} from '../../criteria/index.js';
import type { RunOptions } from '../../engine/index.js';
import { type CutPoint, firstOwners, type LossName, type Network, summarize } from '../../network/index.js';
import {
  createPlan,
  expectRemovable,
  maskWeights,
  type NodeScore,
  type PlanOptions,
  type PruningPlan,
  type SelectOptions,
  selectNodes,
  selectWeights,
  shrinkNetwork,
  type WeightsByLayer,
} from '../../pruning/index.js';
import { meansOf, pick } from '../choice.js';

/** What of a network goes is judged by these. */
export interface TrimOptions
  extends RunOptions,
    Omit<CriterionOptions, 'cut'>,
    Pick<SelectOptions, 'scope' | 'layers' | 'minimum'> {
  readonly loss?: LossName;
  readonly cut?: CutPoint;
}

/** A network with a part removed. */
export interface Trimmed {
  readonly network: Network;
  readonly removed: number;
  readonly parameters: number;
  readonly macs: number;
}

/** A network with a part removed, and the plan that removes it. */
export interface Planned extends Trimmed {
  plan(): PruningPlan;
}

/** Removes shares of a network; always the same ones first. */
export interface Trimmer {
  /** `only`: names of the layers that lose something. Default: all that are scored. */
  trim(amount: number, only?: readonly string[]): Planned;
  /** Names of the layers that the criterion says something about. */
  readonly scored: readonly string[];
  readonly notice: string | null;
}

/** Who judges what, and on which samples. */
export interface Judging {
  readonly network: Network;
  readonly data: ScoredData | null;
  readonly criterion: CriterionName;
  readonly options: TrimOptions;
}

/** One row for each thing that can be removed. Scoring is checked at the call and done when the trimmer is awaited. */
export const trimmers: {
  readonly [What in 'nodes' | 'weights']: (judging: Judging) => () => Promise<Trimmer>;
} = { nodes: nodeTrimmer, weights: weightTrimmer };

/** What is known of a network's nodes before any goes. */
export interface ScoredNodes {
  readonly keep: 'high' | 'low';
  readonly scored: readonly NodeScore[];
  readonly planning: PlanOptions;
  readonly notice: string | null;
}

/** Checks at the call, scores when it is awaited. */
export function scoreNodes({ network, data, criterion, options }: Judging): () => Promise<ScoredNodes> {
  const { cut = 'weights' } = options;
  expectRemovable(network, options.layers);
  const run = scores(network, data, scoringOptions(criterion, options));
  return async () => {
    const table = await run.collect();
    const { keep, layers } = table;
    const scored = layers.flatMap(({ layer, scores: own }) => own.map((score, node) => ({ layer, node, score })));
    const means = cut === 'mean' ? { values: await meansOf(network, data, options) } : {};
    return { keep, scored, planning: { cut, ...means }, notice: noticeOf(table) };
  };
}

/** The network without some nodes, deleted where that is exact. */
export function shrunkBy(network: Network, plan: PruningPlan): Trimmed {
  const shrunk = shrinkNetwork(network, plan).network;
  const { parameters, macs } = summarize(shrunk);
  return { network: shrunk, removed: plan.nodes.reduce((sum, { nodes }) => sum + nodes.length, 0), parameters, macs };
}

function nodeTrimmer(judging: Judging): () => Promise<Trimmer> {
  const { network, options } = judging;
  const score = scoreNodes(judging);
  return async () => {
    const { keep, scored, planning, notice } = await score();
    const selection = { keep, ...pick(options, ['scope', 'minimum']) };
    return {
      notice,
      scored: [...new Set(scored.map(({ layer }) => layer))],
      trim: (amount, layers) => {
        const chosen = selectNodes(network, scored, { ...selection, ...(layers ? { layers } : {}), amount });
        const plan = createPlan(network, chosen, planning);
        return { ...shrunkBy(network, plan), plan: () => plan };
      },
    };
  };
}

function weightTrimmer({ network, data, criterion, options }: Judging): () => Promise<Trimmer> {
  const scoring = scoringOptions(criterion, options);
  return async () => {
    const { keep, kernels, notice } = await weightScores(network, data, scoring);
    const selection = { keep, ...pick(options, ['scope', 'minimum']) };
    return {
      notice,
      scored: kernels.map(({ layer }) => layer),
      trim: (amount, only) => {
        const chosen = kernels.filter(({ layer }) => only?.includes(layer) ?? true);
        const going = selectWeights(network, chosen, { ...selection, amount });
        const plan = (): PruningPlan => createPlan(network, {}, { weights: going });
        return { network: maskWeights(network, going), plan, ...sizeWithout(network, going) };
      },
    };
  };
}

/**
 * A weight is used at every position of its layer's output: its share of the layer's operations is that of the kernel. One
 * that layers share is used in each of them and removed once.
 */
function sizeWithout(network: Network, going: WeightsByLayer): Omit<Trimmed, 'network'> {
  const { layers, ...whole } = summarize(network);
  let { parameters, macs } = whole;
  const owner = firstOwners(network);
  let removed = 0;
  for (const { name, macs: all } of layers) {
    const mask = going[name];
    if (mask === undefined) continue;
    let own = 0;
    for (let i = 0; i < mask.length; i++) own += mask[i]!;
    macs -= (all / mask.length) * own;
    if (owner(name, 'kernel') !== name) continue;
    removed += own;
    parameters -= own;
  }
  return { removed, parameters, macs };
}

/** Options that all criteria share. */
const shared = ['engine', 'threads', 'memory', 'signal', 'loss', 'layers'] as const;

/** The options of all criteria as one of them follows them. Knock-outs are done where the plan cuts. */
function scoringOptions(criterion: CriterionName, options: TrimOptions): Parameters<typeof scores>[2] {
  const { takes } = criteria[criterion];
  return { ...pick(options, shared), ...pick({ cut: 'weights' as const, ...options }, takes), criterion };
}
