import type { Tensor } from '../tf.js';
import { derived, type Formula, only, type Trainable } from './trainable.js';

/** Share of the moving averages that a batch leaves as it is; Keras' default. */
const momentum = 0.99;

const axesBefore = (x: Tensor): number[] => x.shape.slice(0, -1).map((_, axis) => axis);

const normalize: Formula<'batchNorm'> = (tf, { config }, inputs, { gamma, beta, mean, variance }) => {
  const x = only(inputs);
  const ofBatch = mean === undefined ? tf.moments(x, axesBefore(x)) : { mean, variance: variance! };
  const normal = tf.mul(tf.sub(x, ofBatch.mean), tf.rsqrt(tf.add(ofBatch.variance, config.epsilon)));
  const scaled = gamma === undefined ? normal : tf.mul(normal, gamma);
  return beta === undefined ? scaled : tf.add(scaled, beta);
};

/** Learns with the mean and variance of the batch (divided by its size, as tfjs) and keeps moving averages of them. */
export const batchNorm: Trainable<'batchNorm'> = {
  fixed: ['mean', 'variance'],
  pass: (tools, layer, inputs, weights) => {
    if (tools.learning === null) return derived(normalize)(tools, layer, inputs, weights);
    const { tf } = tools;
    const { mean: _mean, variance: _variance, ...learning } = weights;
    const x = only(inputs);
    const moments = tf.moments(x, axesBefore(x));
    const towards =
      (batch: Tensor) =>
      (old: Tensor): Tensor =>
        tf.add(tf.mul(old, momentum), tf.mul(batch, 1 - momentum));
    return {
      ...derived(normalize)(tools, layer, inputs, learning),
      moves: { mean: towards(moments.mean), variance: towards(moments.variance) },
    };
  },
};
