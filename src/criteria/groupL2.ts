import type { Criterion } from './criterion.js';
import { groupedScores, weightIn } from './grouped.js';

export const groupL2: Criterion = {
  keep: 'high',
  signed: false,
  needs: [],
  takes: ['reduce'],
  formula: 'sum of w^2 over each weight that goes with it, reduced over these weights; no root',
  source: 'Fang et al., DepGraph, CVPR 2023: magnitude of a group, p = 2',
  nodes: (context) => groupedScores(context, (layer, weight, i) => weightIn(layer, weight, i) ** 2),
};
