import type { LayerForward } from '../values.js';

/** The mean of each channel over all positions. */
export const globalAvgPool2d: LayerForward<'globalAvgPool2d'> = (_layer, { shape, data }) => {
  const [height, width, channels] = shape as [number, number, number];
  const sums = new Float64Array(channels);
  data.forEach((value, i) => {
    sums[i % channels]! += value;
  });
  return sums.map((sum) => sum / (height * width));
};
