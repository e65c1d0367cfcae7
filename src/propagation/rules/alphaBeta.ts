import type { BackwardRule } from '../../engine/index.js';
import { expectFinite, invalid } from '../../util/expect.js';
import { biasFor, type Convention, contributions, stabiliserOf } from '../conventions.js';
import { type Rule, share } from './rule.js';

export interface AlphaBetaOptions {
  readonly alpha: number;
  /** At least 0; `alpha - beta` is 1. */
  readonly beta: number;
}

/** `alpha` of the shares of what speaks for each output, less `beta` of the shares of what speaks against it. */
export function alphaBetaShares({ alpha, beta }: AlphaBetaOptions, convention: Convention): BackwardRule {
  const stabiliser = stabiliserOf(convention);
  const against = convention.bias === 'whole' ? 'none' : biasFor(convention, 'negative');
  const shares = [
    share(contributions(convention, 'positive', 'negative'), stabiliser, alpha),
    share(contributions(convention, 'negative', 'positive', against), stabiliser, -beta),
  ];
  return { type: 'shares', shares: shares.filter(({ factor }) => factor !== 0) };
}

/** Positive and negative contributions apart. A whole bias stands with the positive ones. */
export const alphaBeta: Rule<AlphaBetaOptions> = {
  formula: 'R_i = sum_j (alpha (x_i w_ij)+ / sum_i (x_i w_ij)+ - beta (x_i w_ij)- / sum_i (x_i w_ij)-) R_j',
  source: 'Bach et al. 2015, PLOS ONE 10(7), equation 60',
  defaults: { alpha: 2, beta: 1 },
  check: ({ alpha, beta }) => {
    if (expectFinite('beta', beta) < 0) throw invalid('beta', 'a number of at least 0', beta);
    const sum = expectFinite('alpha', alpha) - beta;
    if (Math.abs(sum - 1) > 2 ** -40 * Math.abs(alpha)) throw invalid('alpha - beta', '1', sum);
  },
  weighted: alphaBetaShares,
  conserves: 'without bias',
};
