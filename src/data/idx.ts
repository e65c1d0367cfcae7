import { type Shape, sizeOf } from '../tensor/tensor.js';
import { SecateurError } from '../util/errors.js';

/** Bytes with their shape, as MNIST's file format holds them. */
export interface IdxArray {
  readonly shape: Shape;
  readonly data: Uint8Array;
}

const unsignedByte = 8;

/**
 * Reads an idx file of unsigned bytes. `data` is a view of `bytes`.
 *
 * @param axes how many axes the array must have.
 * @throws SecateurError ERR_DATA unless the magic number, the sizes and the length of the file fit each other.
 */
export function readIdx(bytes: Uint8Array, axes: number, name: string): IdxArray {
  const start = 4 + 4 * axes;
  if (bytes.length < start)
    throw bad(name, `an idx file of ${axes} axes has at least ${start} bytes, not ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const expected = unsignedByte * 256 + axes;
  if (magic !== expected) throw bad(name, `the magic number is ${magic}, not ${expected}`);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  if (sizeOf(shape) !== bytes.length - start) {
    throw bad(name, `shape [${shape}] needs ${sizeOf(shape)} bytes, the file has ${bytes.length - start}`);
  }
  // A plain view, also of a Buffer, whose slice() does not copy.
  return { shape, data: new Uint8Array(bytes.buffer, bytes.byteOffset + start, sizeOf(shape)) };
}

const bad = (name: string, message: string): SecateurError => new SecateurError('ERR_DATA', `${name}: ${message}`);
