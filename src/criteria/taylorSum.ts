import type { Criterion } from './criterion.js';
import { fromProducts } from './passes.js';

export const taylorSum: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['gradients'],
  takes: ['at'],
  formula: '|sum over samples and positions of a g|, g of the mean loss',
  source: 'Yeom et al., Pruning by explaining, Pattern Recognition 2021, as its toy study computes it',
  nodes: fromProducts(({ sum, samples }) => Math.abs(sum / samples)),
};
