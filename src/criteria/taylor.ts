import type { Criterion } from './criterion.js';
import { fromProducts } from './passes.js';

export const taylor: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['gradients'],
  takes: ['at'],
  formula: 'mean over samples of |mean over positions of a g|',
  source: 'Molchanov et al., Pruning convolutional neural networks, ICLR 2017',
  nodes: fromProducts(({ absolute, samples, positions }) => absolute / (samples * positions)),
};
