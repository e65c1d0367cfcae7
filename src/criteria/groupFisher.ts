import type { Criterion } from './criterion.js';
import { overGroups } from './fromGradients.js';

export const groupFisher: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['gradients'],
  takes: ['reduce'],
  formula:
    'sum of w^2 times the mean over samples of g^2 over each weight that goes with it, reduced over these weights',
  source: 'Liu et al., Group Fisher pruning, ICML 2021',
  nodes: overGroups((weight, meanSquare) => weight ** 2 * meanSquare, { squares: true }),
};
