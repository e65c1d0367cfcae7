import { forEachPixel, pixelAt } from '../image.js';
import type { LayerForward } from '../values.js';

/** Zeros around an image. */
export const zeroPad2d: LayerForward<'zeroPad2d'> = ({ config, outputShape }, { shape, data }) => {
  const [[top], [left]] = config.padding;
  return forEachPixel(outputShape, (y, x, channel) => {
    const at = pixelAt(shape, y - top, x - left);
    return at === undefined ? 0 : data[at + channel]!;
  });
};
