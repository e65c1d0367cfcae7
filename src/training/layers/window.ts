import { type Padding, resolvePadding, type Window } from '../../network/index.js';
import type { Shape } from '../../tensor/tensor.js';
import type { Tensor, Tensor4D, Tf } from '../tf.js';

type Pair = readonly [number, number];

/** A padding that tfjs does itself, or null where the zeros must be put around the image first. */
export const namedPadding = (padding: Padding): 'same' | 'valid' | null =>
  padding === 'same' || padding === 'valid' ? padding : null;

/** Images with what a window reads around them, filled with `fill`. */
export function padImages(tf: Tf, x: Tensor, window: Window, { fill = 0 } = {}): Tensor4D {
  const [height, width] = resolvePadding(window, x.shape.slice(1) as Shape);
  const images = x as Tensor4D;
  if ([...height, ...width].every((zeros) => zeros === 0)) return images;
  return tf.pad4d(images, [[0, 0], [...height], [...width], [0, 0]], fill);
}

/**
 * A kernel with zeros between its rows and columns: without dilation it does what the given one does with it. No
 * backend has the gradients of dilated convolutions.
 */
export function dilateKernel(tf: Tf, kernel: Tensor, [down, across]: Pair): Tensor4D {
  const [height, width, channels, filters] = kernel.shape as [number, number, number, number];
  if (down === 1 && across === 1) return kernel as Tensor4D;
  const apart = tf.reshape(kernel, [height, 1, width, 1, channels * filters]);
  const spaced = tf.pad(apart, [
    [0, 0],
    [0, down - 1],
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  const large = tf.reshape(spaced, [height * down, width * across, channels, filters]) as Tensor4D;
  return tf.slice4d(large, [0, 0, 0, 0], [(height - 1) * down + 1, (width - 1) * across + 1, channels, filters]);
}

/** The entries of a dilated kernel that {@link dilateKernel} took from the given one. */
export function undilateKernel(tf: Tf, kernel: Tensor, [down, across]: Pair): Tensor {
  if (down === 1 && across === 1) return kernel;
  return tf.stridedSlice(kernel, [0, 0, 0, 0], kernel.shape, [down, across, 1, 1]);
}

/** Every `strides`-th row and column. */
export function everyNth(tf: Tf, x: Tensor, [down, across]: Pair): Tensor {
  return pick(tf, x, 1, { start: 0, stride: down, count: Math.ceil(x.shape[1]! / down) }, (rows) =>
    pick(tf, rows, 2, { start: 0, stride: across, count: Math.ceil(x.shape[2]! / across) }),
  );
}

interface Places {
  readonly start: number;
  readonly stride: number;
  readonly count: number;
}

function pick(tf: Tf, x: Tensor, axis: number, places: Places, then = (picked: Tensor) => picked): Tensor {
  const { start, stride, count } = places;
  if (start === 0 && stride === 1 && count === x.shape[axis]) return then(x);
  const indices = Int32Array.from({ length: count }, (_, i) => start + i * stride);
  return then(tf.gather(x, tf.tensor1d(indices, 'int32'), axis));
}

/** What each place of a window sees of padded images, one tensor of the output's size a place. */
export function viewsOf(
  tf: Tf,
  padded: Tensor,
  { kernelSize, strides, dilation }: Window,
  [rows, columns]: Pair,
): Tensor[] {
  const views: Tensor[] = [];
  for (let i = 0; i < kernelSize[0]; i++) {
    const down = { start: i * dilation[0], stride: strides[0], count: rows };
    for (let j = 0; j < kernelSize[1]; j++) {
      const across = { start: j * dilation[1], stride: strides[1], count: columns };
      views.push(pick(tf, padded, 1, down, (picked) => pick(tf, picked, 2, across)));
    }
  }
  return views;
}
