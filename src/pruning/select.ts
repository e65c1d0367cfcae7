import { channelsOf, type LayerId, layerAt, type Network, nodeCount, summarize } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import { expectFinite, expectOneOf, expectPositiveInteger, invalid } from '../util/expect.js';
import { type Bucket, bucketsOf, type Candidate, type NodeScore } from './candidates.js';
import { expectRemovable } from './coupled.js';
import { createPlan, type NodesByLayer, nodesOf, type PlanOptions } from './plan.js';
import { shrinkNetwork } from './shrink.js';

/** What decides how many nodes go: exactly one of these. */
export interface Amounts {
  /** A share from 0 to below 1 of the nodes, rounded to the nearest number; from 1 on, a number of nodes. */
  readonly amount?: number;
  /** Nodes with a score worse than this go. */
  readonly threshold?: number;
  /** Nodes with a score worse than so many times the mean score of their layer go. */
  readonly meanThreshold?: number;
  /** Nodes go, the worst first, until the shrunk network has at most so many parameters; below 1, a share of them. */
  readonly budgetParameters?: number;
  /** The same for multiply-accumulates for one sample. */
  readonly budgetMacs?: number;
}

export interface SelectOptions extends Amounts {
  /** Which scores are good: what the criterion declares. */
  readonly keep: 'high' | 'low';
  /** Whether amounts count in each layer (default) or over all. Layers that hang together count as one. */
  readonly scope?: 'layer' | 'global';
  /** Names of the layers of which nodes may go; default: all that have scores. */
  readonly layers?: readonly string[];
  /** Nodes that are left of each layer at least. Default 1. */
  readonly minimum?: number;
  /** What is left of each layer is a multiple of this, where it has that many. Default 1. */
  readonly roundTo?: number;
  /** Where nodes are cut: for budgets, since a cut decides what can be deleted. */
  readonly plan?: PlanOptions;
}

/**
 * The nodes that go by their scores. Equal scores: the lower layer first, then the lower node. Nodes that can only go
 * together count as one, with the mean of their scores; what would leave less than the minimum of a layer stays.
 *
 * @param scores of some or all nodes; nodes without one stay, unless they must go along.
 * @throws SecateurError ERR_ARGUMENT for options or scores that make no sense, and a named layer of which no node can go.
 */
export function selectNodes(network: Network, scores: readonly NodeScore[], options: SelectOptions): NodesByLayer {
  expectArguments({ network, scores, options });
  checkAmount(options);
  const rule = rules[ruleNamed(options)];
  return rule(prepare(network, scores, options), options[ruleNamed(options)] as number);
}

/** Selections that grow: nothing goes at step 0, and all that may go at the last one. */
export interface GrowingSelection {
  readonly steps: number;
  at(step: number): NodesByLayer;
}

/**
 * What goes by scores, a step at a time: with scope `global` a candidate, else the like share of each layer.
 *
 * @throws SecateurError as {@link selectNodes}.
 */
export function growingSelection(
  network: Network,
  scores: readonly NodeScore[],
  options: Omit<SelectOptions, keyof Amounts>,
): GrowingSelection {
  return growing(prepare(network, scores, options));
}

function prepare(network: Network, scores: readonly NodeScore[], options: SelectOptions): Selection {
  checkOptions(network, options);
  const sign = options.keep === 'high' ? 1 : -1;
  const buckets = bucketsOf(network, scores, options.layers).map((bucket) => ({
    ...bucket,
    candidates: [...bucket.candidates].sort((a, b) => sign * (a.score - b.score)),
  }));
  const found = new Set(buckets.flatMap(({ candidates }) => candidates[0]!.layers.map(({ id }) => id)));
  const empty = network.layers.filter(({ id, name }) => !found.has(id) && options.layers?.includes(name));
  expectRemovable(
    network,
    empty.map(({ name }) => name),
  );
  return { network, buckets, options, sign };
}

interface Selection {
  readonly network: Network;
  /** The worst candidate first. */
  readonly buckets: readonly Bucket[];
  readonly options: SelectOptions;
  readonly sign: 1 | -1;
}

/** One row a way to say how many. */
const rules: { readonly [K in keyof Required<Amounts>]: (selection: Selection, value: number) => NodesByLayer } = {
  amount: (selection, amount) => take(selection, (total) => (amount < 1 ? Math.round(amount * total) : amount)),
  threshold: (selection, threshold) => takeWorse(selection, () => threshold),
  meanThreshold: (selection, times) => takeWorse(selection, (candidates) => times * mean(candidates)),
  budgetParameters: (selection, budget) => withinBudget(selection, 'parameters', budget),
  budgetMacs: (selection, budget) => withinBudget(selection, 'macs', budget),
};

const mean = (candidates: readonly Candidate[]): number =>
  candidates.reduce((sum, { score }) => sum + score, 0) / candidates.length;

function ruleNamed(options: SelectOptions): keyof Amounts {
  return (Object.keys(rules) as (keyof Amounts)[]).find((name) => options[name] !== undefined) as keyof Amounts;
}

function checkAmount(options: SelectOptions): void {
  const given = Object.keys(rules).filter((name) => options[name as keyof Amounts] !== undefined);
  if (given.length !== 1) {
    throw invalid('options', `exactly one of ${Object.keys(rules).join(', ')}`, given.join(' and ') || 'none of them', {
      hint: 'say in one way how much goes: amount 0.5 is half of the nodes',
    });
  }
  const [name] = given as [keyof Amounts];
  const value = expectFinite(name, options[name]);
  if (!name.toLowerCase().includes('threshold') && (value < 0 || (value > 1 && !Number.isInteger(value)))) {
    throw invalid(name, 'a share from 0 to below 1, or a whole number', value);
  }
}

function checkOptions(network: Network, options: SelectOptions): void {
  expectOneOf('keep', options.keep, ['high', 'low']);
  expectOneOf('scope', options.scope ?? 'layer', ['layer', 'global']);
  expectPositiveInteger('minimum', options.minimum ?? 1);
  expectPositiveInteger('roundTo', options.roundTo ?? 1);
  const known = network.layers.filter((layer) => nodeCount(layer) > 0).map((layer) => layer.name);
  const wrong = options.layers?.find((layer) => !known.includes(layer));
  if (wrong !== undefined) {
    throw invalid('layers', 'names of layers with nodes', wrong, { hint: `layers with nodes: ${known.join(', ')}` });
  }
}

/** Takes so many of the worst of each bucket, or of all. */
function take({ network, buckets, options, sign }: Selection, count: (total: number) => number): NodesByLayer {
  if ((options.scope ?? 'layer') === 'layer') {
    return chosen(
      network,
      buckets,
      buckets.map(({ candidates }) => candidates.slice(0, count(candidates.length))),
      options,
    );
  }
  const all = buckets.flatMap(({ candidates }) => candidates).sort((a, b) => sign * (a.score - b.score));
  const worst = new Set(all.slice(0, count(all.length)));
  return chosen(
    network,
    buckets,
    buckets.map(({ candidates }) => candidates.filter((candidate) => worst.has(candidate))),
    options,
  );
}

function takeWorse(
  { network, buckets, options, sign }: Selection,
  limit: (candidates: readonly Candidate[]) => number,
): NodesByLayer {
  const all = buckets.flatMap(({ candidates }) => candidates);
  const wanted = buckets.map(({ candidates }) => {
    const cutoff = limit(options.scope === 'global' ? all : candidates);
    return candidates.filter(({ score }) => sign * (score - cutoff) < 0);
  });
  return chosen(network, buckets, wanted, options);
}

function growing(selection: Selection): GrowingSelection {
  const { buckets, options } = selection;
  const steps =
    options.scope === 'global' ? sum(buckets) : Math.max(0, ...buckets.map(({ candidates }) => candidates.length));
  return {
    steps,
    at: (step) => take(selection, (total) => (options.scope === 'global' ? step : Math.round((step / steps) * total))),
  };
}

/** The fewest of the worst nodes that bring the shrunk network within a budget. */
function withinBudget(selection: Selection, cost: 'parameters' | 'macs', budget: number): NodesByLayer {
  const { network, options } = selection;
  const limit = budget < 1 ? budget * summarize(network)[cost] : budget;
  const { steps, at } = growing(selection);
  const costAt = (step: number): number =>
    summarize(shrinkNetwork(network, createPlan(network, at(step), options.plan)).network)[cost];
  if (costAt(steps) > limit) {
    throw invalid(
      cost === 'macs' ? 'budgetMacs' : 'budgetParameters',
      `at least ${costAt(steps)}, the least that can be left`,
      limit,
    );
  }
  let [low, high] = [0, steps];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (costAt(middle) <= limit) high = middle;
    else low = middle + 1;
  }
  return at(low);
}

const sum = (buckets: readonly Bucket[]): number =>
  buckets.reduce((total, { candidates }) => total + candidates.length, 0);

/** What of the wanted candidates can go: nothing below the minimum, and multiples of `roundTo` are left. */
function chosen(
  network: Network,
  buckets: readonly Bucket[],
  wanted: readonly (readonly Candidate[])[],
  { minimum = 1, roundTo = 1 }: SelectOptions,
): NodesByLayer {
  const left = new Map(network.layers.map((layer) => [layer.id, channelsOf(layer.outputShape)]));
  const going: Candidate[] = [];
  for (const [i, candidates] of wanted.entries()) {
    const { groups } = buckets[i] as Bucket;
    const rest = Math.min(groups, Math.ceil((groups - candidates.length) / roundTo) * roundTo);
    for (const candidate of candidates.slice(0, groups - rest)) {
      if (!fits(network, left, candidate, minimum)) break;
      for (const { layer, channels } of candidate.group.members) left.set(layer, left.get(layer)! - channels.length);
      going.push(candidate);
    }
  }
  const nodes = nodesOf(
    network,
    going.map(({ group }) => group),
  );
  return Object.fromEntries(nodes.map(({ layer, nodes: own }) => [layer, own]));
}

function fits(network: Network, left: ReadonlyMap<LayerId, number>, { group }: Candidate, minimum: number): boolean {
  return group.members.every(({ layer, channels }) => {
    const least =
      nodeCount(layerAt(network, layer)) > 0 ? Math.min(minimum, channelsOf(layerAt(network, layer).outputShape)) : 1;
    return left.get(layer)! - channels.length >= least;
  });
}
