import type { Criterion } from './criterion.js';
import { fromActivations } from './passes.js';

export const variance: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['samples'],
  takes: ['at'],
  formula: 'mean of a^2 minus the square of the mean of a, over samples and positions',
  source: 'Polyak and Wolf, Channel-level acceleration, IEEE Access 2015',
  nodes: fromActivations(({ sum, square, count }, node) =>
    Math.max(0, square[node]! / count - (sum[node]! / count) ** 2),
  ),
};
