import { channelGroups, chooseLayers, layerAt, type Network, nodeCount } from '../network/index.js';

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
  const groups = channelGroups(network).all.map(({ members, stays }) => ({
    layers: members.map(({ layer }) => layer).filter((layer) => nodeCount(layerAt(network, layer)) > 0),
    stays,
  }));
  let sets = network.layers.map(({ id }) => [id]);
  for (const { layers } of groups) {
    const joined = sets.filter((set) => set.some((id) => layers.includes(id)));
    if (joined.length > 1) sets = [...sets.filter((set) => !joined.includes(set)), joined.flat()];
  }
  const wanted = new Set(chooseLayers(network, names).map(({ id }) => id));
  const chosen = sets.filter((set) => set.some((id) => wanted.has(id)));
  return chosen
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
