import { drawImage, pixelAt } from '../image.js';
import type { LayerForward } from '../values.js';

/** Zeros around an image. */
export const zeroPad2d: LayerForward<'zeroPad2d'> = ({ config, outputShape }, { shape, data }) => {
  const [[top], [left]] = config.padding;
  return drawImage(outputShape, (pixel, y, x) => {
    const at = pixelAt(shape, y - top, x - left);
    if (at !== undefined) pixel.set(data.subarray(at, at + pixel.length));
  });
};
