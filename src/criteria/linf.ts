import { nodeCount } from '../network/index.js';
import type { Criterion } from './criterion.js';
import { eachLayer, kernelOf } from './incoming.js';

export const linf: Criterion = {
  keep: 'high',
  signed: false,
  needs: [],
  takes: [],
  formula: 'largest |w| of its incoming weights',
  source: 'the maximum norm; n = inf of ln_structured in PyTorch',
  nodes: eachLayer((layer) => {
    const most = new Float64Array(nodeCount(layer));
    const weights = kernelOf(layer);
    for (let i = 0; i < weights.length; i++) {
      most[i % most.length] = Math.max(most[i % most.length]!, Math.abs(weights[i]!));
    }
    return most;
  }),
};
