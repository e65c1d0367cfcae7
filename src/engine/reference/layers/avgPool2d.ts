import { forEachPixel, windowOver } from '../image.js';
import type { LayerForward } from '../values.js';

/** The mean under each window, over the image's own positions or with padding as zeros. */
export const avgPool2d: LayerForward<'avgPool2d'> = ({ config, outputShape }, input) => {
  const walk = windowOver(config, input);
  return forEachPixel(outputShape, (y, x, channel) => {
    let sum = 0;
    let positions = 0;
    walk(y, x, (at) => {
      if (at !== undefined) sum += input.data[at + channel]!;
      if (at !== undefined || config.includePadding) positions += 1;
    });
    return sum / positions;
  });
};
