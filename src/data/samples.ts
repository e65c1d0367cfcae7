import { expectPositiveInteger } from '../util/expect.js';
import { createRandom, shuffle } from '../util/random.js';
import type { Dataset, LabelledData, SampleChoice } from './dataset.js';

/** The samples of a split without the names that the table gives them. */
export type Samples = Omit<Dataset, 'name' | 'split' | 'layout'>;

/** Whatever has rows: one of `x` and one of `y` for each sample. */
export type Rows = Pick<LabelledData, 'x' | 'y'> & Pick<Samples, 'count'>;

type Values = Float32Array | Float64Array | Uint8Array | Int32Array;

/** @throws SecateurError ERR_ARGUMENT for a limit that is no positive integer and for seeds outside [0, 2^32). */
export function checkChoice({ limit, seed }: SampleChoice): void {
  if (limit !== undefined) expectPositiveInteger('limit', limit);
  if (seed !== undefined) createRandom(seed);
}

/** The samples that were asked for: in an order drawn with `seed`, as NumPy's legacy `permutation` draws it, or theirs. */
export function chosen<S extends Rows>(samples: S, { limit = samples.count, seed }: SampleChoice): S {
  if (seed === undefined) return first(samples, limit);
  const order = Int32Array.from({ length: samples.count }, (_, i) => i);
  shuffle(order, createRandom(seed));
  return pick(samples, order.subarray(0, limit));
}

/** Copies the samples at `indices`, in that order. */
export function pick<S extends Rows>(samples: S, indices: ArrayLike<number>): S {
  const { x, y, count } = samples;
  return { ...samples, x: rowsOf(x, count, indices), y: rowsOf(y, count, indices), count: indices.length };
}

/** Views of the same memory. */
function first<S extends Rows>(samples: S, count: number): S {
  if (count >= samples.count) return samples;
  const rows = <T extends Values>(values: T): T => values.subarray(0, count * (values.length / samples.count)) as T;
  return { ...samples, x: rows(samples.x), y: rows(samples.y), count };
}

function rowsOf<T extends Values>(values: T, count: number, indices: ArrayLike<number>): T {
  const width = values.length / count;
  const rows = new (values.constructor as new (length: number) => T)(indices.length * width);
  for (let row = 0; row < indices.length; row++) {
    const from = indices[row]! * width;
    rows.set(values.subarray(from, from + width), row * width);
  }
  return rows;
}
