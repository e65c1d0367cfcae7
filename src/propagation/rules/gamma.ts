import type { BackwardRule, WeightPart } from '../../engine/index.js';
import { expectFinite, invalid } from '../../util/expect.js';
import { biasFor, type Convention, contributions, stabiliserOf } from '../conventions.js';
import { oneShare, type Rule, share } from './rule.js';

export interface GammaOptions {
  /** How much more what speaks for an output counts; at least 0. 0 is `epsilon`, much is `zplus`. */
  readonly gamma: number;
}

function gammaShares({ gamma }: GammaOptions, convention: Convention): BackwardRule {
  const more = { gamma, of: 'positive' } as const satisfies WeightPart;
  const less = { gamma, of: 'negative' } as const satisfies WeightPart;
  const stabiliser = stabiliserOf(convention);
  if (convention.negativeInputs === 'signed') {
    return oneShare([{ input: 'signed', weight: more, bias: biasFor(convention, more), sign: 1 }], stabiliser);
  }
  return {
    type: 'shares',
    shares: [
      { ...share(contributions(convention, more, less), stabiliser, 1), outputs: 'positive' },
      { ...share(contributions(convention, less, more), stabiliser, 1), outputs: 'negative' },
    ],
  };
}

/**
 * Contributions that speak for an output count `1 + gamma` times. With `negativeInputs: 'opposite'` that is what has the
 * sign of the output before its activation; else what has a positive weight.
 */
export const gamma: Rule<GammaOptions> = {
  formula: 'R_i = sum_j x_i (w_ij + gamma w_ij+) R_j / sum_i x_i (w_ij + gamma w_ij+)',
  source: 'Montavon et al. 2019, LNCS 11700, chapter 10; for inputs below 0 Andéol et al. 2021',
  defaults: { gamma: 0.25 },
  check: (options) => {
    if (expectFinite('gamma', options.gamma) < 0) throw invalid('gamma', 'a number of at least 0', options.gamma);
  },
  weighted: gammaShares,
  conserves: 'without bias',
};
