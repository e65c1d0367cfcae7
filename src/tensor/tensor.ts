import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';

/** Sizes of an array's axes, outermost first. Shapes of layers leave the sample axis out. */
export type Shape = readonly number[];

/**
 * Numbers in row-major order with their shape. `data.length` is the product of `shape`. The reference engine computes with
 * doubles as they are; the native engine, training and model files round them to floats.
 */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Float32Array | Float64Array;
}

/** The numbers of a tensor as floats: its own array where it holds floats. */
export const toFloats = ({ data }: Pick<Tensor, 'data'>): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data);

/**
 * Product of a shape's sizes; 1 for the empty shape.
 *
 * @throws SecateurError ERR_LIMIT if a size is no non-negative integer or the product exceeds 2^53 - 1.
 */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const axis of shape) {
    size *= axis;
    if (!Number.isSafeInteger(axis) || axis < 0 || !Number.isSafeInteger(size)) {
      throw new SecateurError('ERR_LIMIT', `shape [${shape}] is too large or not made of non-negative integers`);
    }
  }
  return size;
}

/**
 * A tensor over `data`, which is not copied.
 *
 * @throws SecateurError ERR_SHAPE if the length of `data` is not the product of `shape`.
 */
export function tensor(shape: Shape, data: Float32Array | Float64Array): Tensor {
  expectArguments({ shape, reals: data });
  if (sizeOf(shape) !== data.length) {
    throw new SecateurError(
      'ERR_SHAPE',
      `shape [${shape}] wants ${sizeOf(shape)} numbers but ${data.length} were given`,
    );
  }
  return Object.freeze({ shape: Object.freeze([...shape]), data });
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((axis, i) => axis === b[i]);
