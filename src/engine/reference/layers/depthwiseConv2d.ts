import { forEachPixel, windowOver } from '../image.js';
import type { LayerForward } from '../values.js';

/** Output channel `c * depthMultiplier + m` sees input channel `c` alone. */
export const depthwiseConv2d: LayerForward<'depthwiseConv2d'> = (
  { config, weights: { kernel, bias }, outputShape },
  input,
) => {
  const channels = outputShape[2]!;
  const walk = windowOver(config, input);
  return forEachPixel(outputShape, (y, x, channel) => {
    const source = Math.floor(channel / config.depthMultiplier);
    let sum = bias?.data[channel] ?? 0;
    walk(y, x, (at, tap) => {
      if (at !== undefined) sum += input.data[at + source]! * kernel!.data[tap * channels + channel]!;
    });
    return sum;
  });
};
