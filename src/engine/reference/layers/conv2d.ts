import { forEachPixel, windowOver } from '../image.js';
import type { LayerForward } from '../values.js';

/** Cross-correlation: filter `f` of group `g` sees the channels `g * size .. (g + 1) * size - 1` of its input. */
export const conv2d: LayerForward<'conv2d'> = ({ config, weights: { kernel, bias }, outputShape }, input) => {
  const size = kernel!.shape[2]!;
  const { filters, groups } = config;
  const walk = windowOver(config, input);
  return forEachPixel(outputShape, (y, x, filter) => {
    const first = Math.floor(filter / (filters / groups)) * size;
    let sum = bias?.data[filter] ?? 0;
    walk(y, x, (at, tap) => {
      if (at === undefined) return;
      for (let c = 0; c < size; c++) {
        sum += input.data[at + first + c]! * kernel!.data[(tap * size + c) * filters + filter]!;
      }
    });
    return sum;
  });
};
