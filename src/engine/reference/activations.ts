import { type ActivationConfig, type ActivationName, activationParameters } from '../../network/index.js';
import { erfc } from './erf.js';

export interface Parameters {
  readonly alpha: number;
  readonly beta: number;
}

type RowFunction = (row: Float64Array, parameters: Parameters) => Float64Array;

const each =
  (f: (x: number, parameters: Parameters) => number): RowFunction =>
  (row, parameters) =>
    row.map((x) => f(x, parameters));

export const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Klambauer et al. 2017, "Self-normalizing neural networks", appendix A.1. */
export const seluAlpha = 1.6732632423543772;
export const seluScale = 1.0507009873554805;

/** Each activation for one row of the last axis; the formulas stand in `src/network/activations.ts`. */
export const activations: { readonly [N in ActivationName]: RowFunction } = {
  linear: each((x) => x),
  relu: each((x) => Math.max(x, 0)),
  relu6: each((x) => clip(x, 0, 6)),
  leakyRelu: each((x, { alpha }) => (x < 0 ? alpha * x : x)),
  elu: each((x, { alpha }) => (x < 0 ? alpha * Math.expm1(x) : x)),
  selu: each((x) => seluScale * (x < 0 ? seluAlpha * Math.expm1(x) : x)),
  sigmoid: each(sigmoid),
  hardSigmoid: each((x, { alpha, beta }) => clip(alpha * x + beta, 0, 1)),
  tanh: each(Math.tanh),
  softplus: each((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  swish: each((x) => x * sigmoid(x)),
  hardSwish: each((x) => x * clip(x / 6 + 0.5, 0, 1)),
  gelu: each((x) => (x / 2) * erfc(-x / Math.SQRT2)),
  geluTanh: each((x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  softmax: (row) => {
    const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = row.map((x) => Math.exp(x - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  },
};

/** What an activation that looks at each number alone makes of one; softmax looks at all. */
export function activate(config: ActivationConfig, x: number): number {
  return activations[config.fn](Float64Array.of(x), activationParameters(config))[0]!;
}
