import type { Tensor } from '../../tensor/tensor.js';
import { corrupt } from './language/json.js';

/**
 * The weights of a layer by our names, from readers of its stored weights in Keras' order.
 *
 * @throws SecateurError ERR_MODEL_CORRUPT if there are more or fewer than the layer has; what the readers throw.
 */
export function inOrder(
  layer: string,
  names: Readonly<Record<string, string>>,
  stored: readonly (() => Tensor)[],
): Record<string, Tensor> {
  const ours = Object.keys(names);
  if (stored.length !== ours.length) {
    throw corrupt(`layer "${layer}" has ${stored.length} stored weights where ${ours.length} belong`);
  }
  return Object.fromEntries(ours.map((name, i) => [name, stored[i]!()]));
}
