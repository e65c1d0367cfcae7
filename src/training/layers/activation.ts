import { type ActivationName, activationParameters } from '../../network/index.js';
import type { Tensor, Tf } from '../tf.js';
import { derived, only, type Pass, type Toolbox, type Trainable, untouched } from './trainable.js';

type Parameters = { readonly alpha: number; readonly beta: number };

const hardSwish = (tf: Tf, x: Tensor): Tensor => tf.mul(x, tf.clipByValue(tf.add(tf.div(x, 6), 0.5), 0, 1));
const half = (tf: Tf, x: Tensor, bend: Tensor): Tensor => tf.mul(tf.mul(x, 0.5), tf.add(bend, 1));

const functions: { readonly [A in ActivationName]: (tf: Tf, x: Tensor, parameters: Parameters) => Tensor } = {
  linear: (_tf, x) => x.clone(),
  relu: (tf, x) => tf.relu(x),
  relu6: (tf, x) => tf.clipByValue(x, 0, 6),
  leakyRelu: (tf, x, { alpha }) => tf.leakyRelu(x, alpha),
  elu: (tf, x, { alpha }) => tf.add(tf.relu(x), tf.mul(tf.expm1(tf.minimum(x, 0)), alpha)),
  selu: (tf, x) => tf.selu(x),
  sigmoid: (tf, x) => tf.sigmoid(x),
  hardSigmoid: (tf, x, { alpha, beta }) => tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1),
  tanh: (tf, x) => tf.tanh(x),
  softplus: (tf, x) => tf.softplus(x),
  swish: (tf, x) => tf.mul(x, tf.sigmoid(x)),
  hardSwish,
  gelu: (tf, x) => half(tf, x, tf.erf(tf.mul(x, Math.SQRT1_2))),
  geluTanh: (tf, x) => {
    const cubic = tf.mul(tf.add(x, tf.mul(tf.mul(x, tf.square(x)), 0.044715)), Math.sqrt(2 / Math.PI));
    return half(tf, x, tf.tanh(cubic));
  },
  softmax: (tf, x) => tf.softmax(x),
};

function rectify({ ops }: Toolbox, x: Tensor): Pass {
  const output = ops.relu(x);
  return {
    output,
    backward: (gradient) => ({ inputs: [() => ops.reluGradient(gradient, output)], weights: {} }),
  };
}

/** Functions whose gradient is written by hand, for speed. */
const quick: Partial<Record<ActivationName, (tools: Toolbox, x: Tensor) => Pass>> = {
  relu: rectify,
  linear: (_tools, x) => untouched(x),
};

export const activation: Trainable<'activation'> = {
  pass: (tools, layer, inputs, weights) => {
    const byHand = quick[layer.config.fn];
    if (byHand !== undefined) return byHand(tools, only(inputs));
    return derived<'activation'>((tf, { config }, [x]) => functions[config.fn](tf, x!, activationParameters(config)))(
      tools,
      layer,
      inputs,
      weights,
    );
  },
};
