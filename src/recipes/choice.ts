import {
  type CriterionName,
  type CriterionOptions,
  criteria,
  type KernelScores,
  noticeOf,
  type ScoredData,
  type ScoreTable,
  scores,
  type WeightScoreTable,
  weightScores,
} from '../criteria/index.js';
import { prepareSamples, type RunOptions, selectEngine } from '../engine/index.js';
import {
  type CutPoint,
  hiddenLayers,
  type LayerId,
  type LossName,
  type Network,
  nodeCount,
  nodeOutput,
} from '../network/index.js';
import {
  type Amounts,
  createPlan,
  expectRemovable,
  growingSelection,
  masksOf,
  type NodeScore,
  type PlanOptions,
  type PruningPlan,
  type SelectOptions,
  type SelectWeightsOptions,
  selectNodes,
  selectWeights,
  suitsPattern,
} from '../pruning/index.js';
import { SecateurError } from '../util/errors.js';
import { invalid } from '../util/expect.js';
import { type Clock, expectBudgetMs, nodesWithinTime, onnxruntimeClock } from './withinTime.js';

/** By what nodes or weights are chosen, and how many. */
export interface ChoiceOptions
  extends RunOptions,
    Amounts,
    Pick<SelectOptions, 'scope' | 'layers' | 'minimum' | 'roundTo'>,
    Pick<SelectWeightsOptions, 'pattern'>,
    Omit<CriterionOptions, 'cut'> {
  readonly criterion: CriterionName;
  /** Where nodes are cut, by knock-out criteria too. Default `weights`. */
  readonly cut?: CutPoint;
  /** Default: the model's own, else by its head and the targets. */
  readonly loss?: LossName;
  /** Whether single weights go instead of nodes. */
  readonly weights?: boolean;
  /**
   * Nodes go, the worst first, until a pass of one sample takes at most so many milliseconds in onnxruntime, on one thread
   * of this machine: elsewhere, or later, other nodes may be enough.
   */
  readonly budgetMs?: number;
}

/** What goes. */
export interface Choice {
  readonly plan: PruningPlan;
  /** What the reader should know about it. */
  readonly notices: readonly string[];
}

/**
 * Scores the nodes or weights of a network and plans which go.
 *
 * @param made what the plan says of its origin.
 * @param before what is gone already: it goes first, whatever its scores are.
 * @throws SecateurError as `scores`, `selectNodes` and `createPlan`.
 */
export async function choose(
  network: Network,
  data: ScoredData | null,
  options: ChoiceOptions,
  made: PruningPlan['made'],
  before: PruningPlan | null = null,
): Promise<Choice> {
  return await (options.weights ? chooseWeights : chooseNodes)(network, data, options, { made, before });
}

/** What a plan is told besides the options. */
interface Origin {
  readonly made: PruningPlan['made'];
  readonly before: PruningPlan | null;
}

/** Options of the selection and of the plan, which criteria do not know. */
const amounts = ['amount', 'threshold', 'meanThreshold', 'budgetParameters', 'budgetMacs'] as const;
const allAmounts = [...amounts, 'budgetMs'] as const;
const others = ['scope', 'minimum', 'roundTo', 'pattern', 'weights', 'cut'] as const;

async function chooseNodes(
  network: Network,
  data: ScoredData | null,
  options: ChoiceOptions,
  { made, before }: Origin,
): Promise<Choice> {
  refuse(options, ['pattern'], 'is for single weights');
  const { cut = 'weights' } = options;
  expectRemovable(network, options.layers);
  const time = timeBudget(options);
  const table = await scores(network, data, scoring(options)).collect();
  const scored = nodesAfter(table, before);
  const selection = { ...pick(options, ['scope', 'layers', 'minimum', 'roundTo', ...amounts]), keep: table.keep };
  const means = cut === 'mean' ? await meansOf(network, data, options) : undefined;
  const planning: PlanOptions = { cut, made, ...(means ? { values: means } : {}) };
  const nodes = time
    ? await nodesWithinTime(network, growingSelection(network, scored, selection), { ...time, plan: planning })
    : selectNodes(network, scored, { ...selection, plan: planning });
  const going = table.layers.map(({ layer }) => ({ layer, count: nodes[layer]?.length ?? 0 }));
  const notices = [fewerThan(options, 'nodes', going), noticeOf(table)].filter((notice) => notice !== null);
  return { plan: createPlan(network, nodes, planning), notices };
}

/** @throws SecateurError ERR_ARGUMENT unless one option alone says how many nodes go. */
function timeBudget(options: ChoiceOptions): { budget: number; clock: Clock } | null {
  const given = allAmounts.filter((name) => options[name] !== undefined);
  if (given.length !== 1) {
    throw invalid('options', `exactly one of ${allAmounts.join(', ')}`, given.join(' and ') || 'none of them', {
      hint: 'say in one way how much goes: amount 0.5 is half of the nodes',
    });
  }
  const { budgetMs, signal } = options;
  return budgetMs === undefined ? null : { budget: expectBudgetMs(budgetMs), clock: onnxruntimeClock(signal) };
}

async function chooseWeights(
  network: Network,
  data: ScoredData | null,
  options: ChoiceOptions,
  { made, before }: Origin,
): Promise<Choice> {
  refuse(
    options,
    ['cut', 'roundTo', 'budgetParameters', 'budgetMacs', 'budgetMs'],
    'is for nodes, not for single weights',
  );
  const { layers, leftOut } = patternedLayers(network, options);
  const table = await weightScores(network, data, { ...scoring(options), ...(layers ? { layers } : {}) });
  const selection = { ...pick(options, ['scope', 'minimum', 'pattern', 'amount', 'threshold', 'meanThreshold']) };
  const weights = selectWeights(network, kernelsAfter(table, before), { ...selection, keep: table.keep });
  const going = table.kernels.map(({ layer }) => ({ layer, count: weights[layer]?.filter(Boolean).length ?? 0 }));
  const notices = [leftOut, fewerThan(options, 'weights', going), table.notice].filter((notice) => notice !== null);
  return { plan: createPlan(network, {}, { weights, made }), notices };
}

/** What the reader is told if an amount is a number that could not be reached; null if it was. */
function fewerThan(
  { amount = 0, scope = 'layer' }: ChoiceOptions,
  what: 'nodes' | 'weights',
  going: readonly { readonly layer: string; readonly count: number }[],
): string | null {
  if (amount < 1) return null;
  const total = going.reduce((sum, { count }) => sum + count, 0);
  if (scope === 'global') return total < amount ? `amount ${amount}: only ${total} ${what} could go` : null;
  const fewer = going.filter(({ count }) => count < amount).map(({ layer, count }) => `${count} of "${layer}"`);
  return fewer.length === 0 ? null : `amount ${amount}: only so many ${what} could go: ${fewer.join(', ')}`;
}

/** A score that is worse than all of these. */
function worseThan(scores: readonly ArrayLike<number>[], keep: 'high' | 'low'): number {
  let largest = 0;
  for (const own of scores) for (let i = 0; i < own.length; i++) largest = Math.max(largest, Math.abs(own[i]!));
  return (keep === 'high' ? -1 : 1) * (2 * largest + 1);
}

/** Scores of all nodes, those that are gone worse than the rest. */
function nodesAfter({ layers, keep }: ScoreTable, before: PruningPlan | null): NodeScore[] {
  const rows = layers.map((row) => row.scores);
  const worst = worseThan(rows, keep);
  const gone = new Map(before?.nodes.map(({ layer, nodes }) => [layer, new Set(nodes)]));
  return layers.flatMap(({ layer, scores: own }) =>
    own.map((score, node) => ({ layer, node, score: gone.get(layer)?.has(node) ? worst : score })),
  );
}

/** The same for weights. */
function kernelsAfter({ kernels, keep }: WeightScoreTable, before: PruningPlan | null): readonly KernelScores[] {
  const gone = masksOf(before?.weights ?? []);
  const rows = kernels.map((kernel) => kernel.scores);
  const worst = worseThan(rows, keep);
  return kernels.map((kernel) => {
    const mask = gone[kernel.layer];
    return mask ? { ...kernel, scores: kernel.scores.map((score, i) => (mask[i] ? worst : score)) } : kernel;
  });
}

/** @throws SecateurError ERR_ARGUMENT if an option is there that only makes sense for the other kind of pruning. */
function refuse(options: ChoiceOptions, names: readonly (keyof ChoiceOptions)[], why: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new SecateurError('ERR_ARGUMENT', `${given}: the option ${why}`, { hint: 'leave it out' });
}

/** The layers over which a pattern can be laid, unless the user names some or there is no pattern. */
function patternedLayers(
  network: Network,
  { pattern, layers }: ChoiceOptions,
): { layers: readonly string[] | undefined; leftOut: string | null } {
  if (pattern === undefined || layers !== undefined) return { layers, leftOut: null };
  const [suited, left] = [true, false].map((suits) =>
    hiddenLayers(network).filter((layer) => suitsPattern(network, layer) === suits),
  );
  const names = left!.map(({ name }) => `"${name}"`).join(', ');
  if (names === '' || suited!.length === 0) return { layers, leftOut: null };
  return {
    layers: suited!.map(({ name }) => name),
    leftOut: `pattern ${pattern} is not laid over layer ${names}: it sums over no inputs`,
  };
}

/** A criterion that knocks nodes out does it where the plan cuts them; the others do not know of cuts. */
function scoring(options: ChoiceOptions): Parameters<typeof scores>[2] {
  const foreign: readonly string[] = [...allAmounts, ...others];
  const own = Object.fromEntries(Object.entries(options).filter(([key]) => !foreign.includes(key)));
  const knocksOut = criteria[options.criterion]?.takes.some((name) => name === 'cut');
  return { ...own, criterion: options.criterion, ...(knocksOut ? { cut: options.cut ?? 'weights' } : {}) };
}

export function pick<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.flatMap((key) => (object[key] === undefined ? [] : [[key, object[key]]]))) as Pick<
    T,
    K
  >;
}

export async function meansOf(
  network: Network,
  data: ScoredData | null,
  { engine: name, threads, signal }: RunOptions,
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
  const sums = await compiled.activationSums(prepareSamples(network, data), ids, signal ? { signal } : {});
  const means = sums.map(({ sum, count }) => sum.map((total) => total / count));
  return (layer, node) => means[ids.indexOf(sites.get(layer) as LayerId)]?.[node] ?? Number.NaN;
}
