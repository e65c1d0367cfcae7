import { type ChannelGroup, firstOwners, groupWeights, layerAt, type Network, summarize } from '../../network/index.js';

/** What is left out with a group of nodes. */
export interface Saved {
  readonly parameters: number;
  readonly macs: number;
}

/**
 * What a network is smaller by without a group: the numbers of every weight along the group's channels. Operations go with
 * the numbers of the kernel, each of which is used at every position. What layers share is saved once.
 */
export function savedBy(network: Network): (group: ChannelGroup) => Saved {
  const macsOf = new Map(summarize(network).layers.map(({ name, macs }) => [name, macs]));
  const owner = firstOwners(network);
  return (group) => {
    const left = new Map<string, { readonly size: number; readonly macs: number; share: number }>();
    for (const { layer: id, weight, axis, indices } of groupWeights(network, group)) {
      const { name, weights } = layerAt(network, id);
      const { shape, data } = weights[weight]!;
      const key = `${weight} ${name}`;
      const macs = weight === 'kernel' ? macsOf.get(name)! : 0;
      const size = owner(name, weight) === name ? data.length : 0;
      const own = left.get(key) ?? { size, macs, share: 1 };
      own.share *= 1 - indices.length / shape[axis]!;
      left.set(key, own);
    }
    let [parameters, macs] = [0, 0];
    for (const { size, share, macs: all } of left.values()) {
      parameters += size * (1 - share);
      macs += all * (1 - share);
    }
    return { parameters, macs };
  };
}
