import { createNetwork, type Layer, type LayerSpec, layerAt, type Network } from '../../src/network/index.js';
import { type Tensor, tensor } from '../../src/tensor/tensor.js';

/** Which layers have the nodes (their own, and those of a batch normalisation behind it), and which one reads them. */
interface Places {
  readonly makes: readonly string[];
  readonly reads: string;
}

/** The network with nodes in another order: `order[k]` is the old number of node `k`. Weights become doubles. */
export function permuted(network: Network, { makes, reads }: Places, order: ArrayLike<number>): Network {
  const along = ({ shape, data }: Tensor, axis: number): Tensor => {
    const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
    const size = shape[axis]!;
    const moved = Float64Array.from(data, (_, i) => {
      const place = Math.floor(i / inner) % size;
      return data[i + (order[place]! - place) * inner]!;
    });
    return tensor(shape, moved);
  };
  const weightsOf = ({ name, weights }: Layer): Readonly<Record<string, Tensor>> => {
    const given = Object.entries(weights as Readonly<Record<string, Tensor>>);
    if (makes.includes(name))
      return Object.fromEntries(given.map(([key, own]) => [key, along(own, own.shape.length - 1)]));
    if (name !== reads) return weights;
    return Object.fromEntries(
      given.map(([key, own]) => [key, key === 'kernel' ? along(own, own.shape.length - 2) : own]),
    );
  };
  const layers = network.layers.map((layer) => {
    const { name, kind, config, inputs } = layer;
    return { name, kind, config, inputs: inputs.map((id) => layerAt(network, id).name), weights: weightsOf(layer) };
  });
  return createNetwork({ layers: layers as LayerSpec[], loss: network.loss });
}
