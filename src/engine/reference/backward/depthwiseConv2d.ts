import { eachPixel, windowOver } from '../image.js';
import { weighted } from './weighted.js';

export const depthwiseConv2d = weighted<'depthwiseConv2d'>(({ config, outputShape }, input) => {
  const channels = outputShape[2]!;
  const walk = windowOver(config, input);
  return (visit) =>
    eachPixel(outputShape, (pixel, y, x) =>
      walk(y, x, (at, tap) => {
        for (let c = 0; c < channels; c++) {
          visit(at + Math.floor(c / config.depthMultiplier), pixel + c, tap * channels + c);
        }
      }),
    );
});
