import { oneShare, type Rule } from './rule.js';

/** No stabiliser: a denominator is 0 only where all contributions are, and then it is told as dead. */
const bare = { epsilon: 0, stabiliser: 'plain' } as const;

/** Importance propagation: contributions count by their size. */
export const absolute: Rule<Readonly<Record<never, never>>> = {
  formula: 'R_i = |x_i| sum_j |w_ij| R_j / sum_i |x_i| |w_ij|',
  source: 'importance propagation, the thinning study on MNIST',
  defaults: {},
  weighted: () => oneShare([{ input: 'absolute', weight: 'absolute', bias: 'none', sign: 1 }], bare),
  weightless: () => ({ type: 'pass', part: 'absolute', ...bare }),
  conserves: 'always',
};
