import type { Criterion } from './criterion.js';
import { eachLayer, sumIncoming } from './incoming.js';

export const l1: Criterion = {
  keep: 'high',
  signed: false,
  needs: [],
  takes: [],
  formula: 'sum of |w| over its incoming weights',
  source: 'Li et al., Pruning filters for efficient convnets, ICLR 2017',
  nodes: eachLayer((layer) => sumIncoming(layer, Math.abs)),
};
