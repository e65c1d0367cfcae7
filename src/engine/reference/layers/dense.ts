import type { LayerForward } from '../values.js';

/** `y_j = bias_j + sum_i x_i kernel_ij`. */
export const dense: LayerForward<'dense'> = ({ config: { units }, weights: { kernel, bias } }, { data: x }) =>
  Float64Array.from({ length: units }, (_, j) => {
    let sum = bias?.data[j] ?? 0;
    for (let i = 0; i < x.length; i++) sum += x[i]! * kernel!.data[i * units + j]!;
    return sum;
  });
