import type { UnitScores } from './criteria.js';
import type { Ranking } from './pruning.js';

/** Fewer numbers than this and one are sorted by insertion. */
const few = 16;

/**
 * All hidden units, the least important first, as the published rankings have them: float32 numbers in the order of NumPy's
 * default sort, a quicksort about the median of three with insertion at its ends (`npysort/quicksort`; what it does with
 * vector instructions since 1.25 is younger than the rankings). It is not stable, so that equal scores, which are many, come
 * in an order of their own. The heap sort that it falls back on when splits stay lopsided is left out: nothing here comes
 * near.
 */
export function rankAsNumpy(scores: UnitScores): Ranking {
  const values = Float32Array.from(scores);
  const order = Uint16Array.from(values.keys());
  const parts: [from: number, to: number][] = [[0, order.length - 1]];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    let [from, to] = part;
    while (to - from >= few) {
      const split = splitAt(values, order, from, to);
      // The larger part waits.
      if (split - from < to - split) {
        parts.push([split + 1, to]);
        to = split - 1;
      } else {
        parts.push([from, split - 1]);
        from = split + 1;
      }
    }
    insert(values, order, from, to);
  }
  return order;
}

/** Smaller numbers before the median of three, larger ones behind it, and where it stands then. */
function splitAt(values: Float32Array, order: Ranking, from: number, to: number): number {
  const middle = from + ((to - from) >> 1);
  const isLess = (a: number, b: number): boolean => values[order[a]!]! < values[order[b]!]!;
  if (isLess(middle, from)) swap(order, middle, from);
  if (isLess(to, middle)) swap(order, to, middle);
  if (isLess(middle, from)) swap(order, middle, from);
  const pivot = values[order[middle]!]!;
  let [i, j] = [from, to - 1];
  swap(order, middle, j);
  for (;;) {
    do i++;
    while (values[order[i]!]! < pivot);
    do j--;
    while (pivot < values[order[j]!]!);
    if (i >= j) break;
    swap(order, i, j);
  }
  swap(order, i, to - 1);
  return i;
}

function insert(values: Float32Array, order: Ranking, from: number, to: number): void {
  for (let i = from + 1; i <= to; i++) {
    const unit = order[i]!;
    let j = i;
    for (; j > from && values[unit]! < values[order[j - 1]!]!; j--) order[j] = order[j - 1]!;
    order[j] = unit;
  }
}

function swap(order: Ranking, a: number, b: number): void {
  const kept = order[a]!;
  order[a] = order[b]!;
  order[b] = kept;
}
