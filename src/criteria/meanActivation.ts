import type { Criterion } from './criterion.js';
import { fromActivations } from './passes.js';

export const meanActivation: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['samples'],
  takes: ['at'],
  formula: 'mean of a over samples and positions',
  source: 'Molchanov et al., Pruning convolutional neural networks, ICLR 2017, section 2.2',
  nodes: fromActivations(({ sum, count }, node) => sum[node]! / count),
};
