import type { Criterion } from './criterion.js';
import { eachLayer, sumIncoming } from './incoming.js';

export const l2: Criterion = {
  keep: 'high',
  signed: false,
  needs: [],
  takes: [],
  formula: 'root of the sum of w^2 over its incoming weights',
  source: 'He et al., Soft filter pruning, IJCAI 2018',
  nodes: eachLayer((layer) => sumIncoming(layer, (w) => w * w).map(Math.sqrt)),
};
