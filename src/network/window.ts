import type { Shape } from '../tensor/tensor.js';
import { isNonNegativeInteger, isPositiveInteger } from '../util/expect.js';
import { LayerProblem, shapeMismatch } from './definition.js';

export type Pair = readonly [number, number];

/** Zeros around an image: `[[top, bottom], [left, right]]`. */
export type ExplicitPadding = readonly [Pair, Pair];

/**
 * `same`: TensorFlow's rule, output size `ceil(input / stride)` with the odd zero at the bottom and right; `valid`: none.
 */
export type Padding = 'same' | 'valid' | ExplicitPadding;

/** What convolutions and poolings share: how a window walks over an image. Pairs are `[height, width]`. */
export interface Window {
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
}

export function checkWindow({ kernelSize, strides, padding, dilation }: Window): void {
  for (const [name, pair] of Object.entries({ kernelSize, strides, dilation })) {
    if (!Array.isArray(pair) || pair.length !== 2 || !pair.every(isPositiveInteger)) {
      throw new LayerProblem(`${name} must be two positive integers [height, width], not ${JSON.stringify(pair)}`);
    }
  }
  if (padding !== 'same' && padding !== 'valid') checkPadding(padding);
}

export function checkPadding(padding: ExplicitPadding): void {
  const pairs: readonly unknown[] = Array.isArray(padding) ? padding : [];
  const isPair = (pair: unknown): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every(isNonNegativeInteger);
  if (pairs.length !== 2 || !pairs.every(isPair)) {
    throw new LayerProblem(
      `padding must be 'same', 'valid' or [[top, bottom], [left, right]], not ${JSON.stringify(padding)}`,
    );
  }
}

/** The image of a shape, or a complaint. */
export function imageOf(shape: Shape): { height: number; width: number; channels: number } {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    throw shapeMismatch('an image [height, width, channels]', shape);
  }
  return { height, width, channels };
}

function paddingOf(axis: 0 | 1, input: number, { kernelSize, strides, padding, dilation }: Window): Pair {
  if (padding === 'valid') return [0, 0];
  if (padding !== 'same') return padding[axis];
  const extent = (kernelSize[axis] - 1) * dilation[axis] + 1;
  const total = Math.max((Math.ceil(input / strides[axis]) - 1) * strides[axis] + extent - input, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** The zeros that `window` puts around an image of this shape. */
export function resolvePadding(window: Window, input: Shape): ExplicitPadding {
  const { height, width } = imageOf(input);
  return [paddingOf(0, height, window), paddingOf(1, width, window)];
}

/** Height and width of what a window leaves of an image: `floor((input + padding - extent) / stride) + 1`. */
export function windowOutput(window: Window, input: Shape): Pair {
  const { height, width } = imageOf(input);
  const padding = resolvePadding(window, input);
  const along = (axis: 0 | 1, size: number): number => {
    const extent = (window.kernelSize[axis] - 1) * window.dilation[axis] + 1;
    const [before, after] = padding[axis];
    const positions = Math.floor((size + before + after - extent) / window.strides[axis]) + 1;
    if (positions < 1) throw shapeMismatch(`an image at least as large as its window of ${extent}`, input);
    return positions;
  };
  return [along(0, height), along(1, width)];
}

/** Whether each window along an axis sees a number: only those that begin outside of the image may see none. */
function seesNumbers(axis: 0 | 1, size: number, positions: number, window: Window, before: number): boolean {
  const { kernelSize, strides, dilation } = window;
  for (let i = 0; i < positions && i * strides[axis] < before; i++) {
    const start = i * strides[axis] - before;
    const firstInside = Math.ceil(-start / dilation[axis]);
    if (firstInside >= kernelSize[axis] || start + firstInside * dilation[axis] >= size) return false;
  }
  return (positions - 1) * strides[axis] - before < size;
}

/** {@link windowOutput} of a pooling, which has nothing to pool where a window lies in the padding alone. */
export function poolingOutput(window: Window, input: Shape): Pair {
  const outputs = windowOutput(window, input);
  const padding = resolvePadding(window, input);
  for (const axis of [0, 1] as const) {
    if (!seesNumbers(axis, input[axis] ?? 0, outputs[axis], window, padding[axis][0])) {
      throw new LayerProblem(`a window lies in the padding alone, over an image of [${input}]`, 'pad less');
    }
  }
  return outputs;
}
