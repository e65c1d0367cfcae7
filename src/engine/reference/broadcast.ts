import { type Shape, sizeOf } from '../../tensor/tensor.js';
import type { Values } from './values.js';

/** An elementwise operation of shapes whose sizes are equal or 1; axes of size 1 are repeated. */
export function elementwise(
  shape: Shape,
  inputs: readonly Values[],
  combine: (a: number, b: number) => number,
): Float64Array {
  return inputs.map((input) => repeated(input, shape)).reduce((a, b) => a.map((value, i) => combine(value, b[i]!)));
}

/** The values repeated along their axes of size 1 until they fill `shape`. */
export function repeated({ shape: own, data }: Values, shape: Shape): Float64Array {
  return Float64Array.from(sourcesOf(own, shape), (source) => data[source]!);
}

/** Sums of the numbers of `shape` over the axes along which an input of shape `own` was repeated. */
export function gathered(own: Shape, shape: Shape, numbers: Float64Array): Float64Array {
  const sums = new Float64Array(sizeOf(own));
  sourcesOf(own, shape).forEach((source, i) => {
    sums[source]! += numbers[i]!;
  });
  return sums;
}

/** For each number of `shape` the index of the one in `own` that is repeated there. */
export function sourcesOf(own: Shape, shape: Shape): Int32Array {
  return Int32Array.from({ length: sizeOf(shape) }, (_, i) => {
    let rest = i;
    let at = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const position = rest % shape[axis]!;
      rest = (rest - position) / shape[axis]!;
      if (own[axis] !== 1) at += position * stride;
      stride *= own[axis]!;
    }
    return at;
  });
}
