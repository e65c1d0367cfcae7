import type { Criterion } from './criterion.js';
import { overGroups } from './fromGradients.js';

export const groupSnip: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['gradients'],
  takes: ['reduce'],
  formula: 'sum of |w g| over each weight that goes with it, reduced over these weights',
  source: 'Fang et al., DepGraph, CVPR 2023: first-order Taylor of a group',
  nodes: overGroups((weight, gradient) => Math.abs(weight * gradient)),
};
