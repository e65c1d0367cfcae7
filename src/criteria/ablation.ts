import { ablatedScores } from './ablated.js';
import type { Criterion } from './criterion.js';

export const ablation: Criterion = {
  keep: 'high',
  signed: true,
  needs: ['ablation'],
  takes: ['cut'],
  formula: 'mean loss without the node minus the intact one: the change of exact ablation with the other sign',
  source: 'Mozer and Smolensky, Skeletonization, NIPS 1988',
  nodes: (context) => ablatedScores(context, ({ change }) => 0 - change),
};
