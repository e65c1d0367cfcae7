import type { Start } from '../engine/index.js';
import type { Context } from './context.js';
import type { Criterion } from './criterion.js';
import { relevanceScores } from './relevance.js';

export const lrp: Criterion = {
  keep: 'high',
  signed: true,
  needs: ['relevance'],
  takes: ['rule', 'convention', 'start', 'at'],
  formula: 'sum over samples of the relevance that comes back by the rule, from the logit of the label',
  source: 'Yeom et al., Pruning by explaining, Pattern Recognition 2021; Bach et al., PLOS ONE 2015',
  nodes: (context) => {
    const { rule, convention } = context.options;
    return relevanceScores(context, { rule, convention, start: startOf(context) }, context.samples.count);
  },
};

/** Where targets are no classes there is no label to start from, but always a largest score. */
const startOf = ({ options, labelled }: Context): Start =>
  options.start ?? (labelled.head.loss === 'crossentropy' ? 'label-logit' : 'prediction-logit');
