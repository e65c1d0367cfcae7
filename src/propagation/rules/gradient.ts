import type { Rule } from './rule.js';

/** The derivative, through activations too. */
export const gradient: Rule<Readonly<Record<never, never>>> = {
  formula: 'R_i = sum_j (dy_j / dx_i) R_j',
  source: 'the chain rule',
  defaults: {},
  weighted: () => ({ type: 'gradient' }),
  weightless: () => ({ type: 'gradient' }),
  conserves: 'never',
};
