import type { WeightSpec } from './definition.js';
import { definitionOf } from './layers/index.js';
import { channelsOf } from './links.js';
import { inputShapes, type Layer, type LayerId, layerAt, type Network } from './network.js';
import { sharedWeights } from './sharing.js';

/** Channels of one layer's output, ascending. */
export interface LayerChannels {
  readonly layer: LayerId;
  readonly channels: readonly number[];
}

/**
 * Channels that can only be removed together: what a node makes, everything that passes it on (batch normalisation,
 * pooling, the rows of a flatten), what it is added to, multiplied with or convolved with alone, and the same channels of
 * layers that share a weight with its layer, or with one that takes it.
 */
export interface ChannelGroup {
  /** In the order of the layers. */
  readonly members: readonly LayerChannels[];
  /** Why no network would be left without it, or null where the group can go. */
  readonly stays: string | null;
}

/** All channels of a network, sorted into groups. */
export interface ChannelGroups {
  readonly all: readonly ChannelGroup[];
  /** The group of one channel of a layer's output. @throws RangeError if there is no such channel. */
  of(layer: LayerId, channel: number): ChannelGroup;
}

/** A part of a weight: everything whose index along `axis` is one of `indices`. */
export interface WeightSlice {
  readonly layer: LayerId;
  /** Name of the weight, as in `layer.weights`. */
  readonly weight: string;
  readonly role: WeightSpec['role'];
  readonly axis: number;
  readonly indices: readonly number[];
}

/**
 * Which channels of a network hang together, from what each layer kind declares (`links`, `needs`): the closure of all
 * links over the graph. Pruning removes whole groups; group-wise criteria score them.
 *
 * The idea of following such dependencies to find what must be pruned together: Fang et al., "DepGraph", CVPR 2023. There
 * they are traced through a running model; here each kind says them.
 */
export function channelGroups(network: Network): ChannelGroups {
  const { first, total } = numberChannels(network);
  const sets = disjointSets(total);
  const stays = new Map<number, string>();
  const at = (layer: LayerId, channel: number): number => (first[layer] as number) + channel;
  for (const layer of network.layers) {
    const { links, needs } = definitionOf(layer.kind);
    const shapes = inputShapes(network, layer);
    for (const [input, from, to] of links?.(layer.config, shapes, layer.outputShape) ?? []) {
      sets.join(at(layer.inputs[input] as LayerId, from), at(layer.id, to));
    }
    for (const [input, channel] of needs?.(layer.config, shapes, layer.outputShape) ?? []) {
      stays.set(at(layer.inputs[input] as LayerId, channel), `layer "${layer.name}" needs it`);
    }
  }
  for (const [a, b, channel] of sharedChannels(network)) sets.join(at(a, channel), at(b, channel));
  const ends = [[network.input, 'input'] as const, ...network.outputs.map((id) => [id, 'output'] as const)];
  for (const [end, name] of ends) {
    const channels = channelsOf(layerAt(network, end).outputShape);
    for (let channel = 0; channel < channels; channel++) stays.set(at(end, channel), `it is part of the ${name}`);
  }
  return collect(network, first, sets, stays);
}

/** Channels that two layers count by the same index of a weight: it can only lose them for both. */
function* sharedChannels(network: Network): Iterable<readonly [LayerId, LayerId, channel: number]> {
  for (const { weight, layers: names } of sharedWeights(network)) {
    const [first, ...others] = network.layers.filter(({ name }) => names.includes(name)) as [Layer, ...Layer[]];
    const { axes, shape } = new Map(weightSpecs(network, first)).get(weight)!;
    for (const other of others) {
      for (const [axis, counts] of axes.entries()) {
        if (counts === null) continue;
        const [a, b] = counts === 'out' ? [first.id, other.id] : [first.inputs[0]!, other.inputs[0]!];
        for (let channel = 0; channel < shape[axis]!; channel++) yield [a, b, channel];
      }
    }
  }
}

function numberChannels(network: Network): { readonly first: Int32Array; readonly total: number } {
  const first = new Int32Array(network.layers.length);
  let total = 0;
  for (const { id, outputShape } of network.layers) {
    first[id] = total;
    total += channelsOf(outputShape);
  }
  return { first, total };
}

interface DisjointSets {
  root(element: number): number;
  join(a: number, b: number): void;
}

/** Tarjan's forest with path halving; the smallest element is the root. */
function disjointSets(count: number): DisjointSets {
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  const root = (element: number): number => {
    let at = element;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  const join = (a: number, b: number): void => {
    const [x, y] = [root(a), root(b)];
    parent[Math.max(x, y)] = Math.min(x, y);
  };
  return { root, join };
}

function collect(
  network: Network,
  first: Int32Array,
  sets: DisjointSets,
  stays: ReadonlyMap<number, string>,
): ChannelGroups {
  const drafts = new Map<number, { members: Map<LayerId, number[]>; stays: string | null }>();
  for (const { id, outputShape, name } of network.layers) {
    for (let channel = 0; channel < channelsOf(outputShape); channel++) {
      const element = first[id]! + channel;
      const root = sets.root(element);
      const draft = drafts.get(root) ?? { members: new Map<LayerId, number[]>(), stays: null };
      drafts.set(root, draft);
      const own = draft.members.get(id) ?? [];
      draft.members.set(id, own);
      own.push(channel);
      draft.stays ??= stays.get(element) ?? null;
      if (own.length === channelsOf(outputShape)) draft.stays ??= `nothing would be left of layer "${name}"`;
    }
  }
  const groups = new Map([...drafts].map(([root, draft]) => [root, finished(draft)]));
  const of = (layer: LayerId, channel: number): ChannelGroup => {
    const known = channel >= 0 && channel < channelsOf(layerAt(network, layer).outputShape);
    const group = known ? groups.get(sets.root(first[layer]! + channel)) : undefined;
    if (!group) throw new RangeError(`layer ${layer} has no channel ${channel}`);
    return group;
  };
  return { all: [...groups.values()], of };
}

const finished = (draft: { members: Map<LayerId, number[]>; stays: string | null }): ChannelGroup => ({
  members: [...draft.members].map(([layer, channels]) => ({ layer, channels })),
  stays: draft.stays,
});

/** The names and specifications of the weights that a layer has. */
export function weightSpecs(network: Network, layer: Layer): [name: string, spec: WeightSpec][] {
  const specs = definitionOf(layer.kind).weights?.(layer.config, inputShapes(network, layer)) ?? {};
  return Object.entries(specs).filter(([name]) => layer.weights[name] !== undefined);
}

/**
 * Every part of a weight that goes with a group: what makes its channels and what takes them, in the order of the layers.
 * A weight that does both (a dense layer around which a sum leads) has two parts, which overlap.
 */
export function groupWeights(network: Network, { members }: ChannelGroup): WeightSlice[] {
  const channels = new Map(members.map((member) => [member.layer, member.channels]));
  const touched = network.layers.filter(({ id, inputs }) => channels.has(id) || channels.has(inputs[0] as LayerId));
  return touched.flatMap((layer) => {
    const byAxis = { in: channels.get(layer.inputs[0] as LayerId), out: channels.get(layer.id) };
    return weightSpecs(network, layer).flatMap(([weight, { axes, role }]) =>
      axes.flatMap((counts, axis) => {
        const indices = counts === null ? undefined : byAxis[counts];
        return indices ? [{ layer: layer.id, weight, role, axis, indices }] : [];
      }),
    );
  });
}
