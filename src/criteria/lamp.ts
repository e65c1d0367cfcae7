import type { Criterion } from './criterion.js';
import { eachLayer, mapKernel, sumIncoming } from './incoming.js';

export const lamp: Criterion = {
  keep: 'high',
  signed: false,
  needs: [],
  takes: [],
  formula:
    's = sum of w^2 over its incoming weights (of one weight: w^2), over the sum of all s of its layer that are not smaller',
  source: 'Lee et al., Layer-adaptive sparsity for magnitude-based pruning, ICLR 2021',
  nodes: eachLayer((layer) => shareOfNotSmaller(sumIncoming(layer, (w) => w * w))),
  weights: eachLayer((layer) => shareOfNotSmaller(mapKernel(layer, (w) => w * w))),
};

/** Each value over the sum of all that are not smaller; equal ones get the same. 0 stays 0. */
function shareOfNotSmaller(values: Float64Array): Float64Array {
  const descending = values.toSorted().reverse();
  const sums = new Map<number, number>();
  let sum = 0;
  for (const value of descending) {
    sum += value;
    sums.set(value, sum);
  }
  return values.map((value) => (value === 0 ? 0 : value / sums.get(value)!));
}
