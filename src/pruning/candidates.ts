import { type ChannelGroup, channelGroups, type LayerId, layerAt, type Network, nodeCount } from '../network/index.js';
import { invalid } from '../util/expect.js';

/** A node with what a criterion says of it. */
export interface NodeScore {
  readonly layer: string;
  readonly node: number;
  readonly score: number;
}

/** Nodes that go together or not at all, with the score of them all. */
export interface Candidate {
  readonly group: ChannelGroup;
  /** The mean of the scores of its scored nodes. */
  readonly score: number;
  /** Layers with nodes in the group, and how many of their nodes. */
  readonly layers: readonly { readonly id: LayerId; readonly nodes: number }[];
}

/** Candidates over the same layers: what is pruned "per layer" where layers hang together. */
export interface Bucket {
  readonly candidates: readonly Candidate[];
  /** Groups over these layers, also those that cannot go or have no score. */
  readonly groups: number;
}

/**
 * The groups that may go, by the layers that they run through, in the order of the network.
 *
 * @param layers names of the layers of which nodes may go; others go along where they must. Default: all.
 * @throws SecateurError ERR_ARGUMENT for scores of nodes that are not there or that are not finite.
 */
export function bucketsOf(network: Network, scores: readonly NodeScore[], layers?: readonly string[]): Bucket[] {
  const scoreOf = indexScores(network, scores);
  const wanted = layers && new Set(layers);
  const buckets = new Map<string, { candidates: Candidate[]; groups: number }>();
  for (const group of channelGroups(network).all) {
    const nodes = group.members.filter(({ layer }) => nodeCount(layerAt(network, layer)) > 0);
    if (nodes.length === 0) continue;
    const key = nodes.map(({ layer }) => layer).join();
    const bucket = buckets.get(key) ?? { candidates: [], groups: 0 };
    buckets.set(key, bucket);
    bucket.groups += 1;
    const found = nodes.flatMap(({ layer, channels }) => channels.flatMap((channel) => scoreOf(layer, channel) ?? []));
    const named = !wanted || nodes.some(({ layer }) => wanted.has(layerAt(network, layer).name));
    if (group.stays !== null || found.length === 0 || !named) continue;
    const score = found.reduce((sum, value) => sum + value, 0) / found.length;
    bucket.candidates.push({
      group,
      score,
      layers: nodes.map(({ layer: id, channels }) => ({ id, nodes: channels.length })),
    });
  }
  return [...buckets.values()].filter(({ candidates }) => candidates.length > 0);
}

function indexScores(
  network: Network,
  scores: readonly NodeScore[],
): (layer: LayerId, node: number) => number | undefined {
  const byLayer = new Map<LayerId, Map<number, number>>();
  const layerOf = new Map(network.layers.map((layer) => [layer.name, layer]));
  for (const { layer: name, node, score } of scores) {
    const layer = layerOf.get(name);
    if (layer === undefined || !(node >= 0 && node < nodeCount(layer))) {
      throw invalid('scores', 'scores of nodes of the network', `node ${node} of layer "${name}"`);
    }
    if (!Number.isFinite(score)) throw invalid('scores', `a finite score for node ${node} of layer "${name}"`, score);
    const own = byLayer.get(layer.id) ?? new Map<number, number>();
    byLayer.set(layer.id, own.set(node, score));
  }
  return (layer, node) => byLayer.get(layer)?.get(node);
}
