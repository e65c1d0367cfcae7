import { type Shape, sizeOf } from '../tensor/tensor.js';

/** Images `[height, width, channels]` of many samples with their channels first. */
export const toChannelsFirst = (x: Float32Array, [height = 1, width = 1, channels = 1]: Shape): Float32Array =>
  turned(x, height * width, channels);

/** Images `[channels, height, width]` of many samples as `shape`, `[height, width, channels]`. */
export const toChannelsLast = (x: Float32Array, [height = 1, width = 1, channels = 1]: Shape): Float32Array =>
  turned(x, channels, height * width);

/** Every sample a matrix of `rows` by `columns`, transposed. */
function turned(x: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += sizeOf([rows, columns])) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        result[start + column * rows + row] = x[start + row * columns + column]!;
      }
    }
  }
  return result;
}
