import { resolvePadding, type Window } from '../../network/index.js';
import { type Shape, sizeOf } from '../../tensor/tensor.js';
import type { Values } from './values.js';

/** Walks over the pixels of an image `[height, width, channels]`; `at` is the index of a pixel's first channel. */
export function eachPixel(shape: Shape, visit: (at: number, y: number, x: number) => void): void {
  const [height, width, channels] = shape as [number, number, number];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) visit((y * width + x) * channels, y, x);
  }
}

/** A new image whose pixels, rows of channels full of zeros, `fill` fills in place. */
export function drawImage(shape: Shape, fill: (pixel: Float64Array, y: number, x: number) => void): Float64Array {
  const image = new Float64Array(sizeOf(shape));
  eachPixel(shape, (at, y, x) => fill(image.subarray(at, at + shape[2]!), y, x));
  return image;
}

/** Index of a pixel's first channel in an image, undefined outside of it. */
export function pixelAt([height, width, channels]: Shape, y: number, x: number): number | undefined {
  const inside = y >= 0 && y < height! && x >= 0 && x < width!;
  return inside ? (y * width! + x) * channels! : undefined;
}

/**
 * A function that walks over the input pixels under the window of one output pixel, padding left out: `at` is the index of
 * an input pixel's first channel, `tap` its place in the window in the order of memory.
 */
export function windowOver(
  window: Window,
  input: Values,
): (y: number, x: number, visit: (at: number, tap: number) => void) => void {
  const [[top], [left]] = resolvePadding(window, input.shape);
  const { kernelSize, strides, dilation } = window;
  return (y, x, visit) => {
    for (let i = 0; i < kernelSize[0]; i++) {
      for (let j = 0; j < kernelSize[1]; j++) {
        const row = y * strides[0] - top + i * dilation[0];
        const column = x * strides[1] - left + j * dilation[1];
        const at = pixelAt(input.shape, row, column);
        if (at !== undefined) visit(at, i * kernelSize[1] + j);
      }
    }
  };
}
