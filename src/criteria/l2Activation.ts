import type { Criterion } from './criterion.js';
import { fromActivations } from './passes.js';

export const l2Activation: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['samples'],
  takes: ['at'],
  formula: 'root of the sum of a^2 over samples and positions',
  source: 'the Euclidean norm of what a node puts out; compared in Molchanov et al., ICLR 2017',
  nodes: fromActivations(({ square }, node) => Math.sqrt(square[node]!)),
};
