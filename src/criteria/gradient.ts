import type { Criterion } from './criterion.js';
import { sumOverIncoming } from './fromGradients.js';

export const gradient: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['gradients'],
  takes: [],
  formula: 'sum of |g| over its incoming weights',
  source: 'the first-order sensitivity of the loss to its weights',
  nodes: sumOverIncoming((_weight, gradient) => Math.abs(gradient)),
};
