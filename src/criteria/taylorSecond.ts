import type { Criterion } from './criterion.js';
import { fromProducts } from './passes.js';

export const taylorSecond: Criterion = {
  keep: 'high',
  signed: true,
  needs: ['gradients'],
  takes: ['at'],
  formula:
    'mean over samples of s^2 / 2 - s with s = sum over positions of a g: second order of what setting a to 0 adds, the Hessian by the empirical Fisher matrix',
  source: 'LeCun et al., Optimal brain damage, NIPS 1989; Theis et al., Fisher pruning, 2018',
  nodes: fromProducts(({ sum, square, samples }) => (square / 2 - sum) / samples),
};
