import { type Network, networkDigest } from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import type { PlannedNodes, PruningPlan } from './plan.js';
import { maskOf, type PlannedWeights, plannedWeights } from './weights/masks.js';

/**
 * One plan for what either plan removes. Where both have a value for a node, the second's counts.
 *
 * @throws SecateurError ERR_ARGUMENT if they are for different networks or cut at different points.
 */
export function composePlans(first: PruningPlan, second: PruningPlan): PruningPlan {
  expectArguments({ first, second });
  const cut = commonCut(first, second);
  const nodes = combine(first, second, (a, b) => new Map([...a, ...b]));
  const weights = combineWeights(first, second, (a, b) => a | b);
  return joined(first, { cut, nodes, weights, made: { composed: [first.made, second.made] } });
}

/**
 * The plan for what the first removes and the second keeps.
 *
 * @throws SecateurError ERR_ARGUMENT as {@link composePlans}.
 */
export function diffPlans(first: PruningPlan, second: PruningPlan): PruningPlan {
  expectArguments({ first, second });
  const cut = commonCut(first, second);
  const nodes = combine(first, second, (a, b) => new Map([...a].filter(([node]) => !b.has(node))));
  const weights = combineWeights(first, second, (a, b) => a & ~b);
  return joined(first, { cut, nodes, weights, made: { difference: [first.made, second.made] } });
}

/**
 * The same plan for another network of the same layers: one that was trained on, or masked, since the plan was made.
 * Whether it fits is checked where it is used.
 */
export function rebasePlan(plan: PruningPlan, network: Network): PruningPlan {
  expectArguments({ plan, network });
  return { ...plan, network: networkDigest(network) };
}

/** A plan for weights alone cuts nowhere and goes with every other. */
function commonCut(first: PruningPlan, second: PruningPlan): PruningPlan['cut'] {
  if (first.network !== second.network) {
    throw new SecateurError('ERR_ARGUMENT', 'the plans are for different networks');
  }
  const [a, b] = [first, second].filter(({ nodes }) => nodes.length > 0);
  if (a && b && a.cut !== b.cut) {
    throw new SecateurError('ERR_ARGUMENT', `the plans cut at different points: ${a.cut} and ${b.cut}`);
  }
  return (a ?? first).cut;
}

type Parts = Required<Pick<PruningPlan, 'cut' | 'nodes' | 'weights' | 'made'>>;

function joined({ weights: _before, ...first }: PruningPlan, { weights, ...parts }: Parts): PruningPlan {
  return { ...first, ...parts, ...(weights.length > 0 ? { weights } : {}) };
}

function combineWeights(
  { weights: a = [] }: PruningPlan,
  { weights: b = [] }: PruningPlan,
  join: (a: number, b: number) => number,
): PlannedWeights[] {
  const names = [...new Set([...a, ...b].map(({ layer }) => layer))];
  return names.flatMap((layer) => {
    const entries = [a, b].map((own) => own.find((entry) => entry.layer === layer));
    const { shape } = (entries[0] ?? entries[1])!;
    const [mine = [], others = []] = entries.map((entry) => entry && maskOf(entry));
    const size = Math.max(mine.length, others.length);
    return plannedWeights(
      layer,
      shape,
      Uint8Array.from({ length: size }, (_, i) => join(mine[i] ?? 0, others[i] ?? 0)),
    );
  });
}

/** Nodes with their values, undefined where the cut needs none. */
type Nodes = ReadonlyMap<number, number | undefined>;

/** Layers keep the order of the plan that names them first. */
function combine({ nodes: a }: PruningPlan, { nodes: b }: PruningPlan, join: (a: Nodes, b: Nodes) => Nodes) {
  const names = [...new Set([...a, ...b].map(({ layer }) => layer))];
  return names.map((layer) => planned(layer, join(nodesIn(a, layer), nodesIn(b, layer)))).filter(isSome);
}

const isSome = ({ nodes }: PlannedNodes): boolean => nodes.length > 0;

function nodesIn(entries: readonly PlannedNodes[], layer: string): Nodes {
  const entry = entries.find((candidate) => candidate.layer === layer);
  return new Map(entry?.nodes.map((node, i) => [node, entry.values?.[i]]));
}

function planned(layer: string, found: Nodes): PlannedNodes {
  const sorted = [...found].sort(([a], [b]) => a - b);
  const nodes = sorted.map(([node]) => node);
  const values = sorted.map(([, value]) => value).filter((value) => value !== undefined);
  return values.length === 0 ? { layer, nodes } : { layer, nodes, values };
}
