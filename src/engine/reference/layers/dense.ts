import type { LayerForward } from '../values.js';

/** `y_j = bias_j + sum_i x_i kernel_ij`. */
export const dense: LayerForward<'dense'> = ({ config: { units }, weights: { kernel, bias } }, { data: x }) => {
  const y = new Float64Array(units);
  const rows = kernel!.data;
  if (bias) y.set(bias.data);
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < units; j++) y[j]! += x[i]! * rows[i * units + j]!;
  }
  return y;
};
