import {
  channelGroups,
  chooseLayers,
  type Layer,
  layerAt,
  type Network,
  nodeCount,
  outputLayers,
} from '../network/index.js';
import { SecateurError } from '../util/errors.js';

/** Layers whose nodes can only go together with each other's: most often one layer by itself. */
export interface CoupledLayers {
  /** In the order of the network. */
  readonly layers: readonly string[];
  /** Nodes of all of them. */
  readonly nodes: number;
  /** Why none of the nodes can go, or null. */
  readonly stays: string | null;
}

/**
 * The layers of a network sorted by what hangs together, in its order.
 *
 * @param names of layers; those that hang together with one of them come too. Default: every hidden layer.
 * @throws SecateurError ERR_ARGUMENT for a name that is no layer's with nodes.
 */
export function coupledLayers(network: Network, names?: readonly string[]): CoupledLayers[] {
  const wanted = new Set(chooseLayers(network, names).map(({ name }) => name));
  return allCoupled(network).filter(({ layers }) => layers.some((name) => wanted.has(name)));
}

/**
 * Whoever names a layer wants it to lose nodes: one that can lose none is not passed over in silence.
 *
 * @param names of layers with nodes; none: nothing is checked.
 * @throws SecateurError ERR_ARGUMENT for a layer of which no node can go, saying why and naming those that can lose some.
 */
export function expectRemovable(network: Network, names: readonly string[] = []): void {
  if (names.length === 0) return;
  const reasons = reasonsToStay(network);
  const name = names.find((one) => typeof reasons.get(one) === 'string');
  if (name === undefined) return;
  const answers = outputLayers(network).some((id) => layerAt(network, id).name === name);
  const reason = answers ? 'they are what the model answers with' : reasons.get(name);
  const able = [...reasons].flatMap(([layer, stays]) => (stays === null ? [layer] : [])).join(', ') || 'there is none';
  throw new SecateurError('ERR_ARGUMENT', `layers: no node of layer "${name}" can go: ${reason}`, {
    hint: `layers with nodes that can go: ${able}; single weights can go of every layer`,
  });
}

/** By name of each layer with nodes: why none of them can go, or null. Of layers that hang together one may, another not. */
function reasonsToStay(network: Network): ReadonlyMap<string, string | null> {
  const groups = channelGroups(network);
  const reasonOf = (layer: Layer): string | null => {
    const reasons = Array.from({ length: nodeCount(layer) }, (_, node) => groups.of(layer.id, node).stays);
    return reasons.includes(null) ? null : reasons[0]!;
  };
  return new Map(network.layers.filter((layer) => nodeCount(layer) > 0).map((layer) => [layer.name, reasonOf(layer)]));
}

function allCoupled(network: Network): CoupledLayers[] {
  const groups = channelGroups(network).all.map(({ members, stays }) => ({
    layers: members.map(({ layer }) => layer).filter((layer) => nodeCount(layerAt(network, layer)) > 0),
    stays,
  }));
  let sets = network.layers.filter((layer) => nodeCount(layer) > 0).map(({ id }) => [id]);
  for (const { layers } of groups) {
    const joined = sets.filter((set) => set.some((id) => layers.includes(id)));
    if (joined.length > 1) sets = [...sets.filter((set) => !joined.includes(set)), joined.flat()];
  }
  return sets
    .map((set) => set.toSorted((a, b) => a - b))
    .sort(([a], [b]) => a! - b!)
    .map((set) => {
      const own = groups.filter(({ layers }) => layers.some((id) => set.includes(id)));
      return {
        layers: set.map((id) => layerAt(network, id).name),
        nodes: set.reduce((sum, id) => sum + nodeCount(layerAt(network, id)), 0),
        stays: own.every(({ stays }) => stays !== null) ? (own[0]?.stays ?? null) : null,
      };
    });
}
