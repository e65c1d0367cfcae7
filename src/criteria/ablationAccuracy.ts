import { SecateurError } from '../util/errors.js';
import { ablatedScores } from './ablated.js';
import type { Criterion } from './criterion.js';

export const ablationAccuracy: Criterion = {
  keep: 'high',
  signed: true,
  needs: ['ablation'],
  takes: ['cut'],
  formula: 'intact accuracy minus the accuracy without the node',
  source: 'Morcos et al., On the importance of single directions, ICLR 2018',
  nodes: (context) => {
    const { loss } = context.labelled.head;
    if (loss !== 'mse') return ablatedScores(context, ({ accuracy }, intact) => intact - accuracy!);
    throw new SecateurError('ERR_ARGUMENT', 'criterion ablation-accuracy: with loss mse no answer is right or wrong', {
      hint: 'use criterion ablation',
    });
  },
};
