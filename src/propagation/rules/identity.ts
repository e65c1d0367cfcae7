import { passOn, type Rule } from './rule.js';

/** Unchanged, for layers with as many inputs as outputs. */
export const identity: Rule<Readonly<Record<never, never>>> = {
  formula: 'R_i as it came',
  source: 'common practice for batch normalisations that stand alone',
  defaults: {},
  weighted: (_options, convention) => passOn(convention),
  conserves: 'always',
};
