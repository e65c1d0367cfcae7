import { type LayerId, type Network, withWeights } from '../network/index.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { SecateurError } from '../util/errors.js';

/** The weights of a network as text that JSON can hold, by layer and name: base64 of floats. */
export type PackedWeights = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const packWeights = ({ layers }: Network): PackedWeights =>
  Object.fromEntries(
    layers.map(({ name, weights }) => [
      name,
      Object.fromEntries(Object.entries(weights).map(([key, { data }]) => [key, packed(Float32Array.from(data))])),
    ]),
  );

const packed = ({ buffer }: Float32Array): string => Buffer.from(buffer).toString('base64');

/**
 * The network with other weights, which were packed from one of the same layers.
 *
 * @throws SecateurError ERR_DATA if they are another network's.
 */
export function unpackWeights(network: Network, weights: unknown): Network {
  const all = (weights ?? {}) as PackedWeights;
  const replaced = new Map<LayerId, Record<string, Tensor>>();
  for (const { id, name, weights: own } of network.layers) {
    const found = Object.entries(own).map(([key, { shape }]) => [key, unpacked(shape, all[name]?.[key])]);
    replaced.set(id, Object.fromEntries(found));
  }
  return withWeights(network, replaced);
}

function unpacked(shape: Tensor['shape'], text: unknown): Tensor {
  const bytes = Uint8Array.from(Buffer.from(typeof text === 'string' ? text : '', 'base64'));
  const size = shape.reduce((product, n) => product * n, 1);
  if (bytes.length !== 4 * size) throw new SecateurError('ERR_DATA', 'a record of a journal holds another network');
  return tensor(shape, new Float32Array(bytes.buffer));
}
