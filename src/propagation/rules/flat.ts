import { stabiliserOf } from '../conventions.js';
import { oneShare, type Rule } from './rule.js';

/** In equal parts over all that an output sees. */
export const flat: Rule<Readonly<Record<never, never>>> = {
  formula: 'R_i = sum_j R_j / (number of inputs that j sees)',
  source: 'Bach et al. 2016, ICIP',
  defaults: {},
  weighted: (_options, convention) =>
    oneShare([{ input: 'one', weight: 'one', bias: 'none', sign: 1 }], stabiliserOf(convention)),
  conserves: 'always',
};
