import { consumersOf, type Layer, layerAt, type Network, nodeCount, nodeOutput } from '../network/index.js';
import type { Criterion } from './criterion.js';
import { eachLayer } from './incoming.js';

export const bnScale: Criterion = {
  keep: 'high',
  signed: false,
  needs: [],
  takes: [],
  formula: '|gamma| of the batch normalisation that follows its layer alone',
  source: 'Liu et al., Network slimming, ICCV 2017',
  suits: (network, layer) => followingNorm(network, layer) !== undefined,
  nodes: eachLayer((layer, { network }) => {
    const gamma = followingNorm(network, layer)?.weights.gamma;
    return Float64Array.from({ length: nodeCount(layer) }, (_, node) => Math.abs(gamma?.data[node] ?? 1));
  }),
};

/** The first batch normalisation between a layer and where its nodes' output leaves. */
function followingNorm(network: Network, layer: Layer): Layer | undefined {
  const consumers = consumersOf(network);
  const end = nodeOutput(network, layer);
  for (let at = layer; at.id !== end.id; ) {
    at = layerAt(network, consumers[at.id]![0]!);
    if (at.kind === 'batchNorm') return at;
  }
  return undefined;
}
