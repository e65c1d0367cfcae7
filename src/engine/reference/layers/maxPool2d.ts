import { drawImage, windowOver } from '../image.js';
import type { LayerForward } from '../values.js';

/** The largest value under each window; padding never wins. */
export const maxPool2d: LayerForward<'maxPool2d'> = ({ config, outputShape }, input) => {
  const walk = windowOver(config, input);
  return drawImage(outputShape, (pixel, y, x) => {
    pixel.fill(Number.NEGATIVE_INFINITY);
    walk(y, x, (at) => {
      for (let c = 0; c < pixel.length; c++) pixel[c] = Math.max(pixel[c]!, input.data[at + c]!);
    });
  });
};
