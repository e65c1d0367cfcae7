import type { Criterion } from './criterion.js';
import { fromActivations } from './passes.js';

export const apoz: Criterion = {
  keep: 'low',
  signed: false,
  needs: ['samples'],
  takes: ['at'],
  formula: 'share of exact zeros among a, over samples and positions',
  source: 'Hu et al., Network trimming, 2016',
  nodes: fromActivations(({ zeros, count }, node) => zeros[node]! / count),
};
