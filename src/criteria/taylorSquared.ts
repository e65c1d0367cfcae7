import type { Criterion } from './criterion.js';
import { fromProducts } from './passes.js';

export const taylorSquared: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['gradients'],
  takes: ['at'],
  formula: 'mean over samples of (mean over positions of a g)^2',
  source: 'Molchanov et al., Importance estimation, CVPR 2019, at a gate behind the node',
  nodes: fromProducts(({ square, samples, positions }) => square / (samples * positions ** 2)),
};
