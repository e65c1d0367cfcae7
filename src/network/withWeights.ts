import type { Tensor } from '../tensor/tensor.js';
import type { LayerId, Network } from './network.js';
import { keepShared, sharedWeights } from './sharing.js';

/**
 * The network with other weights, of the same names and shapes, in some layers. What layers share stays shared where they
 * still have the same numbers.
 */
export function withWeights(
  network: Network,
  replaced: ReadonlyMap<LayerId, Readonly<Record<string, Tensor>>>,
): Network {
  const layers = network.layers.map((layer) => {
    const weights = replaced.get(layer.id);
    return weights === undefined ? layer : Object.freeze({ ...layer, weights: Object.freeze({ ...weights }) });
  });
  const kept = keepShared(layers, sharedWeights(network)).map((layer) => Object.freeze(layer));
  return Object.freeze({ ...network, layers: Object.freeze(kept) });
}
