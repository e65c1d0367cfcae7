import { createRandom } from '../../util/random.js';

/** Marks (with 1) the `count` smallest numbers; of equal ones the first. */
export function markSmallest(values: Float64Array, count: number): Uint8Array {
  const marks = new Uint8Array(values.length);
  if (count <= 0) return marks;
  if (count >= values.length) return marks.fill(1);
  const limit = nthSmallest(values, count - 1);
  let ties = count;
  for (let i = 0; i < values.length; i++) if (values[i]! < limit) ties -= marks[i] = 1;
  for (let i = 0; ties > 0; i++) if (values[i]! === limit) ties -= marks[i] = 1;
  return marks;
}

/** The number that `n` others precede in ascending order: Hoare's FIND (1961), without sorting, in linear time on average. */
export function nthSmallest(values: Float64Array, n: number): number {
  const sorted = values.slice();
  const random = createRandom(0);
  let [from, to] = [0, sorted.length - 1];
  while (from < to) {
    const pivot = sorted[from + random.integer(to - from)]!;
    let [i, j] = [from, to];
    while (i <= j) {
      while (sorted[i]! < pivot) i += 1;
      while (sorted[j]! > pivot) j -= 1;
      if (i > j) break;
      const swapped = sorted[i]!;
      sorted[i++] = sorted[j]!;
      sorted[j--] = swapped;
    }
    if (n <= j) to = j;
    else if (n >= i) from = i;
    else break;
  }
  return sorted[n]!;
}
