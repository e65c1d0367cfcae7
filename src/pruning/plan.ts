import {
  type ChannelGroup,
  type CutPoint,
  channelGroups,
  cutPoints,
  type Layer,
  layerAt,
  type Network,
  networkDigest,
  nodeCount,
} from '../network/index.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { expectOneOf, invalid, isNonNegativeInteger } from '../util/expect.js';
import { checkPlannedWeights, type PlannedWeights, planWeights, type WeightsByLayer } from './weights/masks.js';

/** Nodes of one layer that go, in the numbering of the original network. */
export interface PlannedNodes {
  readonly layer: string;
  /** Ascending. */
  readonly nodes: readonly number[];
  /** What takes the place of each node's output: for cut `mean`; else absent. */
  readonly values?: readonly number[];
}

/** Which nodes and weights of which network go, and where nodes are cut: plain data, to be kept as JSON. */
export interface PruningPlan {
  readonly type: 'secateur-plan';
  readonly version: 1;
  /** {@link networkDigest} of the original network. */
  readonly network: string;
  readonly cut: CutPoint;
  /** In the order of the layers. */
  readonly nodes: readonly PlannedNodes[];
  /** Single weights that go, in the order of the layers; absent where none do. */
  readonly weights?: readonly PlannedWeights[];
  /** How the plan came about (criterion, amounts), for its readers; nothing depends on it. */
  readonly made: Readonly<Record<string, unknown>>;
}

/** Nodes by layer name. */
export type NodesByLayer = Readonly<Record<string, readonly number[]>>;

function expectNodeLists(nodes: NodesByLayer): void {
  const holds = typeof nodes === 'object' && nodes !== null && Object.values(nodes).every(Array.isArray);
  if (!holds)
    throw invalid('nodes', 'lists of node numbers by layer name', nodes, { hint: 'as in { dense_1: [0, 3] }' });
}

/** What a plan says besides which nodes go. */
export interface PlanOptions {
  /** Default `weights`. */
  readonly cut?: CutPoint;
  /** For cut `mean`: what a node's output is replaced by. */
  readonly values?: (layer: string, node: number) => number;
  /** Single weights that go besides. */
  readonly weights?: WeightsByLayer;
  readonly made?: Readonly<Record<string, unknown>>;
}

/**
 * A plan that removes nodes, and with each every node that can only go along with it (both sides of a residual add,
 * the filters of a block of a grouped convolution); and single weights, if the options name any.
 *
 * @throws SecateurError ERR_ARGUMENT for layers and nodes that are not there, for nodes that cannot go, saying why, and
 * where nothing would be left of a layer.
 */
export function createPlan(network: Network, nodes: NodesByLayer, options: PlanOptions = {}): PruningPlan {
  expectArguments({ network, options });
  expectNodeLists(nodes);
  const cut = expectOneOf('cut', options.cut ?? 'weights', cutPoints);
  const groups = channelGroups(network);
  const chosen = new Set<ChannelGroup>();
  for (const [name, numbers] of Object.entries(nodes)) {
    const layer = layerNamed(network, name);
    for (const node of numbers) chosen.add(removable(groups.of(layer.id, checkNode(layer, node)), layer, node));
  }
  const planned = nodesOf(network, chosen).map(({ layer, nodes: found }) => ({
    layer,
    nodes: found,
    ...(cut === 'mean' ? { values: found.map((node) => meanOf(options, layer, node)) } : {}),
  }));
  checkRemains(network, planned);
  const weights = planWeights(network, options.weights ?? {});
  return {
    type: 'secateur-plan',
    version: 1,
    network: networkDigest(network),
    cut,
    nodes: planned,
    ...(weights.length > 0 ? { weights } : {}),
    made: options.made ?? {},
  };
}

function meanOf({ values }: PlanOptions, layer: string, node: number): number {
  const value = values?.(layer, node);
  if (value === undefined || !Number.isFinite(value)) {
    throw invalid('values', `a finite mean for node ${node} of layer "${layer}"`, value);
  }
  return value;
}

function layerNamed(network: Network, name: string): Layer {
  const layer = network.layers.find((candidate) => candidate.name === name);
  if (layer !== undefined && nodeCount(layer) > 0) return layer;
  const known = network.layers.filter((candidate) => nodeCount(candidate) > 0).map((candidate) => candidate.name);
  throw invalid('nodes', 'names of layers with nodes', name, { hint: `layers with nodes: ${known.join(', ')}` });
}

function checkNode(layer: Layer, node: number): number {
  if (isNonNegativeInteger(node) && node < nodeCount(layer)) return node;
  throw invalid('nodes', `node numbers of layer "${layer.name}", 0 to ${nodeCount(layer) - 1}`, node);
}

function removable(group: ChannelGroup, layer: Layer, node: number): ChannelGroup {
  if (group.stays === null) return group;
  throw new SecateurError('ERR_ARGUMENT', `node ${node} of layer "${layer.name}" cannot go: ${group.stays}`, {
    hint: 'leave it out of the plan',
  });
}

/** The nodes of groups, by layer, in the order of the layers. */
export function nodesOf(network: Network, groups: Iterable<ChannelGroup>): { layer: string; nodes: number[] }[] {
  const found = new Map<number, number[]>();
  for (const { members } of groups) {
    for (const { layer, channels } of members) {
      if (nodeCount(layerAt(network, layer)) === 0) continue;
      found.set(layer, [...(found.get(layer) ?? []), ...channels]);
    }
  }
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([layer, nodes]) => ({ layer: network.layers[layer]!.name, nodes: nodes.sort((a, b) => a - b) }));
}

/** The parts of a layer are in different groups: each could go, but not all. */
function checkRemains(network: Network, planned: readonly PlannedNodes[]): void {
  const emptied = planned.find(({ layer, nodes }) => new Set(nodes).size === nodeCount(layerNamed(network, layer)));
  if (emptied === undefined) return;
  throw new SecateurError('ERR_ARGUMENT', `the plan leaves nothing of layer "${emptied.layer}"`, {
    hint: 'keep at least one node of every layer',
  });
}

/**
 * Checks that a plan was made for this network and names nodes that it has.
 *
 * @throws SecateurError ERR_DATA if it is no plan, or one for another network; ERR_ARGUMENT as {@link createPlan}.
 */
export function checkPlan(network: Network, plan: unknown): PruningPlan {
  expectArguments({ network });
  const given = plan as Partial<PruningPlan> | null;
  if (typeof given !== 'object' || given === null || given.type !== 'secateur-plan' || given.version !== 1) {
    throw new SecateurError('ERR_DATA', 'the plan: it is no pruning plan of version 1', {
      hint: 'give what createPlan made, or the .plan.json that prune wrote beside a model',
    });
  }
  if (given.network !== networkDigest(network)) {
    throw new SecateurError('ERR_DATA', 'the plan was made for another network', {
      hint: 'plans number the nodes of the original, unpruned network: give that one',
    });
  }
  if (!Array.isArray(given.nodes)) throw new SecateurError('ERR_DATA', 'the plan: it lists no nodes');
  const cut = expectOneOf('the plan: cut', given.cut, cutPoints);
  // A copy has undefined where a list has a hole, and map() would leave out.
  const nodes = [...given.nodes].map((entry) => checkPlanned(network, cut, entry));
  checkRemains(network, nodes);
  const weights = given.weights === undefined ? {} : { weights: checkPlannedWeights(network, given.weights) };
  return { ...(given as PruningPlan), cut, nodes, ...weights };
}

function checkPlanned(network: Network, cut: CutPoint, entry: unknown): PlannedNodes {
  const { layer, nodes, values } = (entry ?? {}) as Partial<PlannedNodes>;
  if (typeof layer !== 'string' || !Array.isArray(nodes)) {
    throw new SecateurError('ERR_DATA', 'the plan: each entry names a layer and lists its nodes');
  }
  const found = layerNamed(network, layer);
  for (const node of nodes) checkNode(found, node);
  const wantsValues = cut === 'mean';
  const fits = wantsValues
    ? Array.isArray(values) && values.length === nodes.length && values.every(Number.isFinite)
    : values === undefined;
  if (!fits)
    throw new SecateurError('ERR_DATA', `the plan: cut "${cut}" and the values of layer "${layer}" do not fit`);
  return entry as PlannedNodes;
}
