/**
 * The activation functions; `alpha` and `beta` are their parameters with the defaults of tfjs and Keras.
 *
 * | name | formula |
 * | --- | --- |
 * | leakyRelu | `x < 0 ? alpha x : x` |
 * | elu | `x < 0 ? alpha (e^x - 1) : x` |
 * | selu | `scale (x < 0 ? alpha (e^x - 1) : x)`, the fixed constants of Klambauer et al. 2017 |
 * | hardSigmoid | `clip(alpha x + beta, 0, 1)` |
 * | hardSwish | `x clip(x / 6 + 1/2, 0, 1)` |
 * | softplus | `ln(1 + e^x)` |
 * | swish | `x sigmoid(x)` |
 * | gelu, geluTanh | `x Phi(x)` with the error function, or with its approximation by tanh |
 * | softmax | over the last axis |
 */
export const activationDefaults = {
  linear: {},
  relu: {},
  relu6: {},
  leakyRelu: { alpha: 0.3 },
  elu: { alpha: 1 },
  selu: {},
  sigmoid: {},
  hardSigmoid: { alpha: 0.2, beta: 0.5 },
  tanh: {},
  softplus: {},
  swish: {},
  hardSwish: {},
  gelu: {},
  geluTanh: {},
  softmax: {},
} as const satisfies Record<string, { alpha?: number; beta?: number }>;

/** A function of an `activation` layer. */
export type ActivationName = keyof typeof activationDefaults;
export const activationNames = Object.keys(activationDefaults) as ActivationName[];
