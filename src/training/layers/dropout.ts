import { sizeOf } from '../../tensor/tensor.js';
import { only, type Trainable, untouched } from './trainable.js';

/** Zeroes numbers at random while it learns and enlarges the others, so that their mean stays. */
export const dropout: Trainable<'dropout'> = {
  pass: ({ tf, learning }, { config: { rate } }, inputs) => {
    const x = only(inputs);
    if (learning === null || rate === 0) return untouched(x);
    const factors = new Float32Array(sizeOf(x.shape));
    for (let i = 0; i < factors.length; i++) factors[i] = learning.random.uniform() < rate ? 0 : 1 / (1 - rate);
    const mask = tf.tensor(factors, x.shape);
    return {
      output: tf.mul(x, mask),
      backward: (gradient) => ({ inputs: [() => tf.mul(gradient, mask)], weights: {} }),
    };
  },
};
