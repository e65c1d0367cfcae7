import { eachPixel, pixelAt } from '../image.js';
import { type LayerBackward, passed } from './step.js';

/** What is not padding. */
export const zeroPad2d: LayerBackward<'zeroPad2d'> = {
  pass: ({ config, outputShape }, { inputs, signal }) => {
    const { shape, data } = inputs[0]!;
    const [[top], [left]] = config.padding;
    const handed = new Float64Array(data.length);
    eachPixel(shape, (at, y, x) => {
      const from = pixelAt(outputShape, y + top, x + left)!;
      handed.set(signal.subarray(from, from + shape[2]!), at);
    });
    return passed(handed);
  },
};
