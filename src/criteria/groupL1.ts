import type { Criterion } from './criterion.js';
import { groupedScores, weightIn } from './grouped.js';

export const groupL1: Criterion = {
  keep: 'high',
  signed: false,
  needs: [],
  takes: ['reduce'],
  formula: 'sum of |w| over each weight that goes with it, reduced over these weights',
  source: 'Fang et al., DepGraph, CVPR 2023: magnitude of a group, p = 1',
  nodes: (context) => groupedScores(context, (layer, weight, i) => Math.abs(weightIn(layer, weight, i))),
};
