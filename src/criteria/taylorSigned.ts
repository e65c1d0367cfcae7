import type { Criterion } from './criterion.js';
import { fromProducts } from './passes.js';

export const taylorSigned: Criterion = {
  keep: 'high',
  signed: true,
  needs: ['gradients'],
  takes: ['at'],
  formula:
    'minus the sum over samples and positions of a g, g of the mean loss: first order of what setting a to 0 adds to the loss',
  source: 'Mozer and Smolensky, Skeletonization, NIPS 1988',
  nodes: fromProducts(({ sum, samples }) => 0 - sum / samples),
};
