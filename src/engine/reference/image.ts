import { resolvePadding, type Window } from '../../network/index.js';
import type { Shape } from '../../tensor/tensor.js';
import type { Values } from './values.js';

/** Calls `visit` for each number of an image `[height, width, channels]`, in the order of memory. */
export function forEachPixel(shape: Shape, visit: (y: number, x: number, channel: number) => number): Float64Array {
  const [height, width, channels] = shape as [number, number, number];
  const output = new Float64Array(height * width * channels);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) output[at++] = visit(y, x, channel);
    }
  }
  return output;
}

/** Index of a pixel's first channel in an image, undefined outside of it. */
export function pixelAt([height, width, channels]: Shape, y: number, x: number): number | undefined {
  const inside = y >= 0 && y < height! && x >= 0 && x < width!;
  return inside ? (y * width! + x) * channels! : undefined;
}

/**
 * A function that walks the taps under the window at one output position: for each tap `at` is the index of the input
 * pixel's first channel, undefined in the padding, and `tap` counts the window's positions in the order of memory.
 */
export function windowOver(
  window: Window,
  input: Values,
): (y: number, x: number, visit: (at: number | undefined, tap: number) => void) => void {
  const [[top], [left]] = resolvePadding(window, input.shape);
  const { kernelSize, strides, dilation } = window;
  return (y, x, visit) => {
    for (let i = 0; i < kernelSize[0]; i++) {
      for (let j = 0; j < kernelSize[1]; j++) {
        const row = y * strides[0] - top + i * dilation[0];
        const column = x * strides[1] - left + j * dilation[1];
        visit(pixelAt(input.shape, row, column), i * kernelSize[1] + j);
      }
    }
  };
}
