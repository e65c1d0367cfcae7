import { SecateurError } from '../util/errors.js';
import type { PlannedNodes, PruningPlan } from './plan.js';

/**
 * One plan for what either plan removes. Where both have a value for a node, the second's counts.
 *
 * @throws SecateurError ERR_ARGUMENT if they are for different networks or cut at different points.
 */
export function composePlans(first: PruningPlan, second: PruningPlan): PruningPlan {
  expectAlike(first, second);
  const nodes = combine(first, second, (a, b) => new Map([...a, ...b]));
  return { ...first, nodes, made: { composed: [first.made, second.made] } };
}

/**
 * The plan for what the first removes and the second keeps.
 *
 * @throws SecateurError ERR_ARGUMENT as {@link composePlans}.
 */
export function diffPlans(first: PruningPlan, second: PruningPlan): PruningPlan {
  expectAlike(first, second);
  const nodes = combine(first, second, (a, b) => new Map([...a].filter(([node]) => !b.has(node))));
  return { ...first, nodes, made: { difference: [first.made, second.made] } };
}

function expectAlike(first: PruningPlan, second: PruningPlan): void {
  if (first.network !== second.network) {
    throw new SecateurError('ERR_ARGUMENT', 'the plans are for different networks');
  }
  if (first.cut !== second.cut) {
    throw new SecateurError('ERR_ARGUMENT', `the plans cut at different points: ${first.cut} and ${second.cut}`);
  }
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
