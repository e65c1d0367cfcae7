import { eachPixel, windowOver } from '../image.js';
import { type LayerBackward, passed } from './step.js';

/** The first of the largest values under each window takes all. */
export const maxPool2d: LayerBackward<'maxPool2d'> = {
  pass: ({ config, outputShape }, { inputs, output, signal }) => {
    const input = inputs[0]!;
    const walk = windowOver(config, input);
    const handed = new Float64Array(input.data.length);
    eachPixel(outputShape, (pixel, y, x) => {
      for (let c = 0; c < outputShape[2]!; c++) {
        let open = true;
        walk(y, x, (at) => {
          if (!open || input.data[at + c] !== output[pixel + c]) return;
          handed[at + c]! += signal[pixel + c]!;
          open = false;
        });
      }
    });
    return passed(handed);
  },
};
