import { drawImage, windowOver } from '../image.js';
import type { LayerForward } from '../values.js';

/** Output channel `c * depthMultiplier + m` sees input channel `c` alone. */
export const depthwiseConv2d: LayerForward<'depthwiseConv2d'> = (
  { config, weights: { kernel, bias }, outputShape },
  input,
) => {
  const walk = windowOver(config, input);
  return drawImage(outputShape, (pixel, y, x) => {
    if (bias) pixel.set(bias.data);
    walk(y, x, (at, tap) => {
      for (let c = 0; c < pixel.length; c++) {
        const value = input.data[at + Math.floor(c / config.depthMultiplier)]!;
        pixel[c]! += value * kernel!.data[tap * pixel.length + c]!;
      }
    });
  });
};
