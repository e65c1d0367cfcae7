import { stabiliserOf } from '../conventions.js';
import { oneShare, type Rule } from './rule.js';

/** By the weights alone, whatever the inputs are: for inputs of any real numbers. */
export const wSquare: Rule<Readonly<Record<never, never>>> = {
  formula: 'R_i = sum_j w_ij^2 R_j / sum_i w_ij^2',
  source: 'Montavon et al. 2017, Pattern Recognition 65',
  defaults: {},
  weighted: (_options, convention) =>
    oneShare([{ input: 'one', weight: 'square', bias: 'none', sign: 1 }], stabiliserOf(convention)),
  conserves: 'always',
};
