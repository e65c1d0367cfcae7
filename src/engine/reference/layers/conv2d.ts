import { drawImage, windowOver } from '../image.js';
import type { LayerForward } from '../values.js';

/** Cross-correlation: the channels and the filters of each group see each other alone. */
export const conv2d: LayerForward<'conv2d'> = ({ config, weights: { kernel, bias }, outputShape }, input) => {
  const { filters, groups } = config;
  const channels = input.shape[2]!;
  const [channelsInGroup, filtersInGroup] = [channels / groups, filters / groups];
  const taps = kernel!.data;
  const walk = windowOver(config, input);
  return drawImage(outputShape, (pixel, y, x) => {
    if (bias) pixel.set(bias.data);
    walk(y, x, (at, tap) => {
      for (let c = 0; c < channels; c++) {
        const value = input.data[at + c]!;
        const row = (tap * channelsInGroup + (c % channelsInGroup)) * filters;
        const first = Math.floor(c / channelsInGroup) * filtersInGroup;
        for (let f = first; f < first + filtersInGroup; f++) pixel[f]! += value * taps[row + f]!;
      }
    });
  });
};
