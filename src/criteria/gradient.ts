import type { Criterion } from './criterion.js';
import { sumOverIncoming } from './fromGradients.js';

export const gradient: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['gradients'],
  takes: [],
  formula: 'sum of |g| over its incoming weights',
  source: 'the saliency of Simonyan et al., Deep inside convolutional networks, 2014, of weights instead of pixels',
  nodes: sumOverIncoming((_weight, gradient) => Math.abs(gradient)),
};
