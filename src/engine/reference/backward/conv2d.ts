import { eachPixel, windowOver } from '../image.js';
import { weighted } from './weighted.js';

export const conv2d = weighted<'conv2d'>(({ config, outputShape }, input) => {
  const { filters, groups } = config;
  const [channelsInGroup, filtersInGroup] = [input.shape[2]! / groups, filters / groups];
  const walk = windowOver(config, input);
  return (visit) =>
    eachPixel(outputShape, (pixel, y, x) =>
      walk(y, x, (at, tap) => {
        for (let f = 0; f < filters; f++) {
          const first = at + Math.floor(f / filtersInGroup) * channelsInGroup;
          for (let c = 0; c < channelsInGroup; c++) {
            visit(first + c, pixel + f, (tap * channelsInGroup + c) * filters + f);
          }
        }
      }),
    );
});
