import { sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { expectArguments } from '../util/arguments.js';
import { createRandom } from '../util/random.js';
import { assemble, type NetworkSpec } from './build.js';
import type { Network } from './network.js';

/**
 * An untrained network: Glorot-uniform kernels (Glorot & Bengio 2010, limit `sqrt(6 / (fanIn + fanOut))`), biases 0,
 * batch normalisation the identity. Weights that the description gives are ignored. The same seed gives the same bits.
 *
 * @throws SecateurError as `createNetwork`.
 */
export function initialize(spec: NetworkSpec, options: { readonly seed: number }): Network {
  expectArguments({ spec, options });
  const random = createRandom(options.seed);
  return assemble(spec, (_layer, specs) => {
    const weights: Record<string, Tensor> = {};
    for (const [name, { shape, initial }] of Object.entries(specs)) {
      const data = new Float32Array(sizeOf(shape));
      if (typeof initial === 'number') data.fill(initial);
      else {
        const limit = Math.sqrt(6 / (initial.fanIn + initial.fanOut));
        for (let i = 0; i < data.length; i++) data[i] = (2 * random.uniform() - 1) * limit;
      }
      weights[name] = tensor(shape, data);
    }
    return Object.freeze(weights);
  });
}
