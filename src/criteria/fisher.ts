import type { Criterion } from './criterion.js';
import { eachWeightAlone } from './fromGradients.js';
import { meanWeightedSquares } from './passes.js';

export const fisher: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['gradients'],
  takes: [],
  formula: 'sum over its incoming weights of w^2 times the mean over samples of g^2; of one weight: that product',
  source: 'LeCun et al., Optimal brain damage, NIPS 1989, with the empirical Fisher matrix as the diagonal',
  nodes: meanWeightedSquares,
  weights: eachWeightAlone((weight, meanSquare) => weight ** 2 * meanSquare, { squares: true }),
};
