import { ablate, ablateGroups, type NodeGroup, type NodeRef } from '../../ablation/index.js';
import type { LabelledData } from '../../data/index.js';
import type { RunOptions } from '../../engine/index.js';
import {
  type ChannelGroup,
  type CutPoint,
  channelGroups,
  type LossName,
  layerAt,
  type Network,
  nodeCount,
} from '../../network/index.js';
import { composePlans, createPlan, type PruningPlan, shrinkNetwork } from '../../pruning/index.js';
import { meansOf } from '../choice.js';
import { savedBy } from './saved.js';

/** What a walk takes from where. */
export interface Walking {
  readonly network: Network;
  readonly data: LabelledData;
  /** Names of the layers that may lose nodes. */
  readonly layers: ReadonlySet<string>;
  readonly minimum: number;
  readonly cost: 'parameters' | 'macs';
  readonly measuring: RunOptions & { readonly loss?: LossName; readonly cut: CutPoint };
  readonly made: PruningPlan['made'];
}

/** A network on its way: what is gone, in the original's numbering, and what that leaves. */
export interface Place {
  readonly plan: PruningPlan;
  readonly network: Network;
  /** By layer, the original's numbers of the nodes that stand in the network. */
  readonly numbers: ReadonlyMap<string, readonly number[]>;
  /** By layer, how many of them the plan leaves: some may be cut and stand there all the same. */
  readonly left: ReadonlyMap<string, number>;
}

export const startOf = ({ network, measuring: { cut }, made }: Walking): PruningPlan =>
  createPlan(network, {}, { cut, made });

/** Where a walk is when the nodes of a plan are gone. */
export function placeAt({ network }: Walking, plan: PruningPlan): Place {
  const shrunk = shrinkNetwork(network, plan);
  const removed = new Map(shrunk.removed.map(({ layer, nodes }) => [layer, new Set(nodes)]));
  const planned = new Map(plan.nodes.map(({ layer, nodes }) => [layer, nodes.length]));
  const layers = network.layers.filter((layer) => nodeCount(layer) > 0);
  const numbers = layers.map(({ name, outputShape }) => {
    const all = Array.from({ length: outputShape.at(-1)! }, (_, node) => node);
    return [name, all.filter((node) => !removed.get(name)?.has(node))] as const;
  });
  const left = layers.map((layer) => [layer.name, nodeCount(layer) - (planned.get(layer.name) ?? 0)] as const);
  return { plan, network: shrunk.network, numbers: new Map(numbers), left: new Map(left) };
}

/**
 * One step: every group of nodes is knocked out by itself, exactly, and those go first whose loss grows least for what they
 * save, until so much is saved; at least one of them.
 *
 * @returns the plan then, or null if nothing more can go; yields the share of the step's work that is done.
 */
export async function* takeStep(
  walking: Walking,
  place: Place,
  saving: number,
): AsyncGenerator<number, PruningPlan | null> {
  const left = new Map(place.left);
  const taken: NodeGroup[] = [];
  let saved = 0;
  for (const candidate of yield* priced(walking, place)) {
    if (saved >= saving && taken.length > 0) break;
    if (!leavesEnough(candidate.nodes, left, walking.minimum)) continue;
    for (const { layer, nodes } of candidate.nodes) left.set(layer, left.get(layer)! - nodes.length);
    taken.push(candidate.nodes);
    saved += candidate.saved;
  }
  return taken.length === 0 ? null : await planWithout(walking, place, taken);
}

/** Nodes that go together, what that saves, and how bad it is. */
interface Candidate {
  readonly nodes: NodeGroup;
  readonly saved: number;
  readonly price: number;
}

/** The groups that may go, the cheapest first; equal ones in the order of the network. */
async function* priced(walking: Walking, place: Place): AsyncGenerator<number, Candidate[]> {
  const { layers, minimum, cost } = walking;
  const { network, left } = place;
  const able = channelGroups(network)
    .all.filter(({ stays }) => stays === null)
    .map((group) => ({ group, nodes: nodesIn(network, group) }))
    .filter(({ nodes }) => nodes.some(({ layer }) => layers.has(layer)) && !isPlanned(place, nodes))
    .filter(({ nodes }) => leavesEnough(nodes, left, minimum));
  if (able.length === 0) return [];
  const lists = able.map(({ nodes }) => nodes);
  const changes = yield* changesWithout(walking, network, lists);
  const savings = savedBy(network);
  return able
    .map(({ group, nodes }, i) => {
      const saved = savings(group)[cost];
      return { nodes, saved, price: priceOf(0 - changes[i]!, saved) };
    })
    .sort((a, b) => a.price - b.price);
}

/**
 * How the loss changes without each group. Nodes that go alone are measured layer by layer, which is several times cheaper
 * than as sets; yields the share that is done.
 */
async function* changesWithout(
  { data, measuring }: Walking,
  network: Network,
  groups: readonly NodeGroup[],
): AsyncGenerator<number, readonly number[]> {
  const changes = new Float64Array(groups.length);
  const alone = new Map(
    groups.flatMap((group, i) => {
      const node = onlyNode(group);
      return node === null ? [] : [[keyOf(node), { ...node, i }]];
    }),
  );
  const share = alone.size / groups.length;
  const layers = [...new Set([...alone.values()].map(({ layer }) => layer))];
  if (alone.size > 0) {
    for await (const event of ablate(network, data, { ...measuring, layers })) {
      const found = event.type === 'node' ? alone.get(keyOf(event)) : undefined;
      if (event.type === 'node' && found !== undefined) changes[found.i] = event.change;
      if (event.type === 'progress') yield (share * event.done) / event.of;
    }
  }
  const together = groups.flatMap((group, i) => (onlyNode(group) === null ? [{ group, i }] : []));
  if (together.length === 0) return [...changes];
  const lists = together.map(({ group }) => group);
  for await (const event of ablateGroups(network, data, lists, measuring)) {
    if (event.type === 'group') changes[together[event.group]!.i] = event.change;
    if (event.type === 'progress') yield share + ((1 - share) * event.done) / event.of;
  }
  return [...changes];
}

const keyOf = ({ layer, node }: NodeRef): string => `${node} ${layer}`;

/** The node of a group that is nothing else; null for others. */
function onlyNode(group: NodeGroup): NodeRef | null {
  const [first, ...others] = group;
  return first !== undefined && others.length === 0 && first.nodes.length === 1
    ? { layer: first.layer, node: first.nodes[0]! }
    : null;
}

/** What does not hurt is the better the more it saves; what hurts, the better the less it hurts for what it saves. */
const priceOf = (loss: number, saved: number): number => (loss > 0 ? loss / saved : loss * saved);

const nodesIn = (network: Network, { members }: ChannelGroup): NodeGroup =>
  members
    .filter(({ layer }) => nodeCount(layerAt(network, layer)) > 0)
    .map(({ layer, channels }) => ({ layer: layerAt(network, layer).name, nodes: channels }));

/** Whether nodes are cut already, and only stand there because deleting them would not be exact. */
const isPlanned = ({ plan, numbers }: Place, group: NodeGroup): boolean =>
  group.some(({ layer, nodes }) => {
    const gone = plan.nodes.find((entry) => entry.layer === layer)?.nodes ?? [];
    return nodes.some((node) => gone.includes(numbers.get(layer)![node]!));
  });

const leavesEnough = (group: NodeGroup, left: ReadonlyMap<string, number>, minimum: number): boolean =>
  group.every(({ layer, nodes }) => left.get(layer)! - nodes.length >= minimum);

/** The plan of a place with more nodes, which are numbered as in its network. */
async function planWithout(
  { network, data, measuring, made }: Walking,
  { plan: before, network: now, numbers }: Place,
  groups: readonly NodeGroup[],
): Promise<PruningPlan> {
  const { cut } = measuring;
  const going = new Map<string, number[]>();
  for (const { layer, nodes } of groups.flat()) going.set(layer, [...(going.get(layer) ?? []), ...nodes]);
  const original = [...going].map(
    ([layer, nodes]) => [layer, nodes.map((node) => numbers.get(layer)![node]!)] as const,
  );
  const means = cut === 'mean' ? await meansOf(now, data, measuring) : null;
  const values = (layer: string, node: number): number => means!(layer, numbers.get(layer)!.indexOf(node));
  const more = createPlan(network, Object.fromEntries(original), { cut, ...(means ? { values } : {}) });
  const { nodes, ...rest } = composePlans(more, before);
  const order = new Map(network.layers.map(({ name, id }) => [name, id]));
  return { ...rest, made, nodes: nodes.toSorted((a, b) => order.get(a.layer)! - order.get(b.layer)!) };
}
