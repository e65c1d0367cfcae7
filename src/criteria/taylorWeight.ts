import type { Criterion } from './criterion.js';
import { eachWeightAlone, sumOverIncoming } from './fromGradients.js';

export const taylorWeight: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['gradients'],
  takes: [],
  formula: 'sum of (w g)^2 over its incoming weights; of one weight: (w g)^2',
  source: 'Molchanov et al., Importance estimation, CVPR 2019',
  nodes: sumOverIncoming((weight, gradient) => (weight * gradient) ** 2),
  weights: eachWeightAlone((weight, gradient) => (weight * gradient) ** 2),
};
