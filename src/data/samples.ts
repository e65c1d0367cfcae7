import { createRandom, shuffle } from '../util/random.js';
import type { Dataset } from './dataset.js';

/** The samples of a split without the names that the table gives them. */
export type Samples = Omit<Dataset, 'name' | 'split'>;

/** Copies the samples at `indices`, in that order. */
export function pick(samples: Samples, indices: ArrayLike<number>): Samples {
  const count = indices.length;
  return {
    ...samples,
    x: rowsOf(samples.x, samples.count, indices),
    y: rowsOf(samples.y, samples.count, indices),
    count,
  };
}

/** The first `count` samples as views of the same memory; all of them if there are fewer. */
export function first(samples: Samples, count: number): Samples {
  if (count >= samples.count) return samples;
  const rows = <T extends Float32Array | Uint8Array | Int32Array>(values: T): T =>
    values.subarray(0, count * (values.length / samples.count)) as T;
  return { ...samples, x: rows(samples.x), y: rows(samples.y), count };
}

/** All samples in an order drawn with `seed`, as NumPy's legacy `permutation` gives it. */
export function shuffled(samples: Samples, seed: number): Samples {
  const order = Int32Array.from({ length: samples.count }, (_, i) => i);
  shuffle(order, createRandom(seed));
  return pick(samples, order);
}

function rowsOf<T extends Float32Array | Uint8Array | Int32Array>(
  values: T,
  count: number,
  indices: ArrayLike<number>,
): T {
  const width = values.length / count;
  const rows = new (values.constructor as new (length: number) => T)(indices.length * width);
  for (let row = 0; row < indices.length; row++) {
    const from = indices[row]! * width;
    rows.set(values.subarray(from, from + width), row * width);
  }
  return rows;
}
