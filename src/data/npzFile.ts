import type { NpyArray } from '../tensor/npy.js';
import { type NpzArrays, readNpz } from '../tensor/npz.js';
import type { UnzipOptions } from '../tensor/zip.js';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { expectFinite } from '../util/expect.js';
import { readRegularFile } from '../util/files.js';
import type { LabelledData, SampleChoice } from './dataset.js';
import { checkChoice, chosen } from './samples.js';

/** How to load the user's own samples. */
export interface NpzOptions extends SampleChoice, UnzipOptions {
  /** Multiplies every number of `x`; default 1. */
  readonly scale?: number;
}

/** The user's own samples, with their number. */
export interface NpzData extends Required<LabelledData> {
  readonly x: Float32Array | Uint8Array;
  readonly count: number;
}

/**
 * Loads labelled samples from a `.npz` file with the arrays `x` (first axis samples; float32, float64 or uint8) and
 * `y` (integers or booleans: one class a sample; floats: targets, first axis samples). float64 becomes float32, uint8
 * stays; integers become int32.
 *
 * @throws SecateurError ERR_IO if the file cannot be read, ERR_DATA if it is no such file or holds something else,
 * ERR_LIMIT if it unpacks to more than `maxBytes`, ERR_ARGUMENT for options.
 */
export async function loadNpz(path: string, options: NpzOptions = {}): Promise<NpzData> {
  expectArguments({ path, options });
  const scale = expectFinite('scale', options.scale ?? 1);
  checkChoice(options);
  const arrays = readNpz(await readRegularFile(path), path, options);
  const x = arrayOf(arrays, 'x', path);
  const y = arrayOf(arrays, 'y', path);
  const [count, ...shape] = x.shape;
  if (count === undefined || count === 0 || shape.length === 0) {
    throw wrong(
      path,
      'x',
      'a first axis of one or more samples and at least one more axis',
      x,
      count === 0 ? 'There is nothing in it.' : 'Reshape x to (samples, inputs).',
    );
  }
  if (y.shape[0] !== count) {
    throw wrong(path, 'y', `a first axis of ${count} as x has`, y, 'Both need the same samples in the same order.');
  }
  const all = { x: samples(x, path), y: expectations(y, path), scale, shape, count };
  return { ...chosen(all, options), layout: 'model' };
}

function arrayOf(arrays: NpzArrays, name: string, path: string): NpyArray {
  const array = arrays.get(name);
  if (array !== undefined) return array;
  const came = [...arrays.keys()].join(', ') || 'none';
  const hint = 'Write it with numpy.savez(file, x=..., y=...).';
  throw new SecateurError('ERR_DATA', `${path}: lacks the array ${name}; its arrays: ${came}`, { hint });
}

function samples(x: NpyArray, path: string): Float32Array | Uint8Array {
  if (x.data instanceof Float32Array) return x.data;
  if (x.data instanceof Float64Array) return new Float32Array(x.data);
  if (x.type === 'uint8') return x.data as Uint8Array;
  throw wrong(path, 'x', 'float32, float64 or uint8', x, "Convert it, for example with x.astype('float32').");
}

function expectations(y: NpyArray, path: string): Int32Array | Float32Array {
  if (y.data instanceof Float32Array) return y.data;
  if (y.data instanceof Float64Array) return new Float32Array(y.data);
  if (y.data.length !== y.shape[0]) {
    throw wrong(path, 'y', 'one integer a sample', y, 'For one-hot rows use y.argmax(axis=1).');
  }
  const classes = Int32Array.from(y.data, Number);
  const beyond = classes.findIndex((value, i) => value !== Number(y.data[i]));
  if (beyond === -1) return classes;
  const came = `y[${beyond}] is ${y.data[beyond]}`;
  throw new SecateurError('ERR_DATA', `${path}: array y: ${came}, which is beyond the range of 32-bit integers`, {
    hint: 'Classes are numbered from 0; targets are to be floats.',
  });
}

function wrong(path: string, name: string, expected: string, { type, shape }: NpyArray, hint?: string): SecateurError {
  const message = `${path}: array ${name}: expected ${expected} but received ${type} of shape (${shape.join(', ')})`;
  return new SecateurError('ERR_DATA', message, hint === undefined ? {} : { hint });
}
