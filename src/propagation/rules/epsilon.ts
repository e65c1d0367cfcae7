import { biasFor, expectEpsilon, stabiliserOf } from '../conventions.js';
import { oneShare, type Rule } from './rule.js';

export interface EpsilonOptions {
  /** How much the denominator is moved away from 0; null for the convention's. 0 is also called LRP-0. */
  readonly epsilon: number | null;
}

/** Contributions as they are. */
export const epsilon: Rule<EpsilonOptions> = {
  formula: 'R_i = sum_j x_i w_ij R_j / (z_j + epsilon sign(z_j)), z_j = sum_i x_i w_ij + b_j',
  source: 'Bach et al. 2015, PLOS ONE 10(7), equation 58',
  defaults: { epsilon: null },
  check: (options) => {
    if (options.epsilon !== null) expectEpsilon('epsilon', options.epsilon);
  },
  weighted: (options, convention) =>
    oneShare([{ input: 'signed', weight: 'signed', bias: biasFor(convention, 'signed'), sign: 1 }], {
      ...stabiliserOf(convention),
      epsilon: options.epsilon ?? convention.epsilon,
    }),
  conserves: 'without bias',
};
