import { expectFinite, invalid } from '../../util/expect.js';
import { stabiliserOf } from '../conventions.js';
import { oneShare, type Rule } from './rule.js';

export interface ZBoxOptions {
  /** Between which numbers all inputs of the layer lie, as it gets them (scaled). */
  readonly low: number;
  readonly high: number;
}

/**
 * For the first layer, whose inputs lie between two bounds. What is computed is `(x_i - low) w_ij+ + (x_i - high) w_ij-`, which
 * is the same: no term is negative, so that nothing cancels where inputs lie at a bound and a denominator is near 0.
 */
export const zBox: Rule<ZBoxOptions> = {
  formula: 'R_i = sum_j (x_i w_ij - low w_ij+ - high w_ij-) R_j / sum_i (x_i w_ij - low w_ij+ - high w_ij-)',
  source: 'Montavon et al. 2017, Pattern Recognition 65',
  defaults: { low: 0, high: 1 },
  check: ({ low, high }) => {
    if (expectFinite('high', high) < expectFinite('low', low))
      throw invalid('high', `a number of at least ${low}`, high);
  },
  weighted: ({ low, high }, convention) =>
    oneShare(
      [
        { input: { minus: low }, weight: 'positive', bias: 'none', sign: 1 },
        { input: { minus: high }, weight: 'negative', bias: 'none', sign: 1 },
      ],
      stabiliserOf(convention),
    ),
  conserves: 'always',
};
