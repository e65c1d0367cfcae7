import type { Criterion } from './criterion.js';
import { eachLayer, mapKernel } from './incoming.js';

export const magnitude: Criterion = {
  keep: 'high',
  signed: false,
  needs: [],
  takes: [],
  formula: '|w|',
  source: 'Han et al., Learning both weights and connections, NIPS 2015',
  weights: eachLayer((layer) => mapKernel(layer, Math.abs)),
};
