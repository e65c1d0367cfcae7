import type { LayerForward } from '../values.js';

/** `gamma (x - mean) / sqrt(variance + epsilon) + beta` for each channel. */
export const batchNorm: LayerForward<'batchNorm'> = (
  { config: { epsilon }, weights: { gamma, beta, mean, variance } },
  { data },
) => {
  const channels = mean!.data.length;
  return data.map((x, i) => {
    const c = i % channels;
    const standard = (x - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + epsilon);
    return standard * (gamma?.data[c] ?? 1) + (beta?.data[c] ?? 0);
  });
};
