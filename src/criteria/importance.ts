import type { Criterion } from './criterion.js';
import { relevanceScores } from './relevance.js';

export const importance: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['relevance'],
  takes: ['start', 'at'],
  formula: 'mean over samples of the importance that comes back by the shares of |a w|, from 1 / C at each output',
  source: 'importance propagation, as NISP (Yu et al., CVPR 2018) with activations',
  nodes: (context) => relevanceScores(context, { rule: 'absolute', start: context.options.start ?? 'uniform' }),
};
