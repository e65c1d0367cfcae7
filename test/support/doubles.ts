import { keepShared, type Layer, type LayerId, type Network, sharedWeights } from '../../src/network/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import type { RandomData } from './randomNetwork.js';

/** The network with one weight of one layer replaced; doubles stay doubles. */
export function withWeight(network: Network, id: LayerId, name: string, data: Float64Array): Network {
  const layers = network.layers.map((layer) => {
    if (layer.id !== id) return layer;
    const { shape } = layer.weights[name] ?? { shape: [] };
    return { ...layer, weights: { ...layer.weights, [name]: tensor(shape, data) } } as Layer;
  });
  return { ...network, layers };
}

/** The same data with samples in double, scale worked in. */
export function inDoubles(data: RandomData): RandomData & { readonly x: Float64Array } {
  return { ...data, x: Float64Array.from(data.x, (value) => value * data.scale), scale: 1 };
}

/** The network with all its weights in doubles, so that what is computed from them is not rounded to floats. */
export function withDoubles(network: Network): Network {
  const layers = network.layers.map(({ weights, ...layer }) => {
    const doubled = Object.entries(weights).map(([name, { shape, data }]) => [
      name,
      tensor(shape, Float64Array.from(data)),
    ]);
    return { ...layer, weights: Object.fromEntries(doubled) } as Layer;
  });
  return { ...network, layers: keepShared(layers, sharedWeights(network)) };
}
