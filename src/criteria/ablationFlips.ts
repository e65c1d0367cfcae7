import { SecateurError } from '../util/errors.js';
import { ablatedScores } from './ablated.js';
import type { Criterion } from './criterion.js';

export const ablationFlips: Criterion = {
  keep: 'high',
  signed: false,
  needs: ['ablation'],
  takes: ['cut'],
  formula: 'how many predictions without the node differ from the intact ones, whichever are right',
  source: 'churn of Milani Fard et al., Launch and iterate: reducing prediction churn, NIPS 2016',
  nodes: (context) => {
    const { loss } = context.labelled.head;
    if (loss !== 'mse') return ablatedScores(context, ({ flips }) => flips!);
    throw new SecateurError(
      'ERR_ARGUMENT',
      'criterion ablation-flips: with loss mse nothing is predicted that could flip',
      {
        hint: 'use criterion ablation',
      },
    );
  },
};
