import { drawImage, windowOver } from '../image.js';
import type { LayerForward } from '../values.js';

/** The mean under each window, over the image's own positions or with padding as zeros. */
export const avgPool2d: LayerForward<'avgPool2d'> = ({ config, outputShape }, input) => {
  const walk = windowOver(config, input);
  const all = config.kernelSize[0] * config.kernelSize[1];
  return drawImage(outputShape, (pixel, y, x) => {
    let inside = 0;
    walk(y, x, (at) => {
      inside += 1;
      for (let c = 0; c < pixel.length; c++) pixel[c]! += input.data[at + c]!;
    });
    const positions = config.includePadding ? all : inside;
    for (let c = 0; c < pixel.length; c++) pixel[c]! /= positions;
  });
};
