import type { ActivationName } from '../../../network/index.js';
import { activations, clip, type Parameters, seluAlpha, seluScale, sigmoid } from '../activations.js';
import { erfc } from '../erf.js';

/** The gradient by a row, given the gradient `g` by what the function makes of it. */
type RowDerivative = (row: Float64Array, g: Float64Array, parameters: Parameters) => Float64Array;

const each =
  (slope: (x: number, parameters: Parameters) => number): RowDerivative =>
  (row, g, parameters) =>
    row.map((x, i) => slope(x, parameters) * g[i]!);

const within = (x: number, low: number, high: number): number => Number(x > low && x < high);

const sigmoidSlope = (x: number): number => sigmoid(x) * sigmoid(-x);
const normalDensity = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** `u = sqrt(2 / pi) (x + 0.044715 x^3)`, of which gelu's approximation takes the tanh. */
const geluScale = Math.sqrt(2 / Math.PI);
function geluTanhSlope(x: number): number {
  const t = Math.tanh(geluScale * (x + 0.044715 * x ** 3));
  return (1 + t) / 2 + (x / 2) * (1 - t * t) * geluScale * (1 + 3 * 0.044715 * x * x);
}

/** The derivative of each activation; `BackwardRule` says what it is at a kink. */
export const derivatives: { readonly [N in ActivationName]: RowDerivative } = {
  linear: each(() => 1),
  relu: each((x) => Number(x > 0)),
  relu6: each((x) => within(x, 0, 6)),
  leakyRelu: each((x, { alpha }) => (x > 0 ? 1 : alpha)),
  elu: each((x, { alpha }) => (x < 0 ? alpha * Math.exp(x) : 1)),
  selu: each((x) => seluScale * (x < 0 ? seluAlpha * Math.exp(x) : 1)),
  sigmoid: each(sigmoidSlope),
  hardSigmoid: each((x, { alpha, beta }) => alpha * within(alpha * x + beta, 0, 1)),
  tanh: each((x) => 1 - Math.tanh(x) ** 2),
  softplus: each(sigmoid),
  swish: each((x) => sigmoid(x) + x * sigmoidSlope(x)),
  hardSwish: each((x) => clip(x / 6 + 0.5, 0, 1) + (x / 6) * within(x / 6 + 0.5, 0, 1)),
  gelu: each((x) => erfc(-x / Math.SQRT2) / 2 + x * normalDensity(x)),
  geluTanh: each(geluTanhSlope),
  softmax: (row, g, parameters) => {
    const y = activations.softmax(row, parameters);
    const mean = y.reduce((sum, share, i) => sum + share * g[i]!, 0);
    return y.map((share, i) => share * (g[i]! - mean));
  },
};
