import { alphaBetaShares } from './alphaBeta.js';
import type { Rule } from './rule.js';

/** Positive contributions alone: `alphaBeta` with alpha 1 and beta 0. */
export const zplus: Rule<Readonly<Record<never, never>>> = {
  formula: 'R_i = sum_j (x_i w_ij)+ R_j / sum_i (x_i w_ij)+',
  source: 'Montavon et al. 2017, Pattern Recognition 65 (deep Taylor decomposition)',
  defaults: {},
  weighted: (_options, convention) => alphaBetaShares({ alpha: 1, beta: 0 }, convention),
  conserves: 'without bias',
};
