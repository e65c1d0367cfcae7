import type { Criterion } from './criterion.js';
import { eachWeightAlone, sumOverIncoming } from './fromGradients.js';

export const snip: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['gradients'],
  takes: [],
  formula: 'sum of |w g| over its incoming weights; of one weight: |w g|',
  source: 'Lee et al., SNIP, ICLR 2019',
  nodes: sumOverIncoming((weight, gradient) => Math.abs(weight * gradient)),
  weights: eachWeightAlone((weight, gradient) => Math.abs(weight * gradient)),
};
