import { forEachPixel, windowOver } from '../image.js';
import type { LayerForward } from '../values.js';

/** The largest value under each window; padding never wins. */
export const maxPool2d: LayerForward<'maxPool2d'> = ({ config, outputShape }, input) => {
  const walk = windowOver(config, input);
  return forEachPixel(outputShape, (y, x, channel) => {
    let largest = Number.NEGATIVE_INFINITY;
    walk(y, x, (at) => {
      if (at !== undefined) largest = Math.max(largest, input.data[at + channel]!);
    });
    return largest;
  });
};
