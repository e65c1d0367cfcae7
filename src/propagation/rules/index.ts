import type { BackwardRule } from '../../engine/index.js';
import { SecateurError } from '../../util/errors.js';
import { expectOneOf, invalid } from '../../util/expect.js';
import type { Convention } from '../conventions.js';
import { absolute } from './absolute.js';
import { alphaBeta } from './alphaBeta.js';
import { epsilon } from './epsilon.js';
import { flat } from './flat.js';
import { gamma } from './gamma.js';
import { gradient } from './gradient.js';
import { identity } from './identity.js';
import { passOn, type Rule } from './rule.js';
import { wSquare } from './wSquare.js';
import { zBox } from './zBox.js';
import { zplus } from './zplus.js';

/** Every rule. */
export const rules = {
  absolute,
  epsilon,
  zplus,
  alphaBeta,
  gamma,
  wSquare,
  flat,
  zBox,
  identity,
  gradient,
} as const;

/** A rule of the table. */
export type RuleName = keyof typeof rules;

/** All rules. */
export const ruleNames = Object.keys(rules) as RuleName[];

/** The options of a rule. */
type OptionsOf<N extends RuleName> = (typeof rules)[N] extends Rule<infer Options> ? Options : never;

/** A rule by its name, or with options: `'epsilon'`, `{ rule: 'gamma', gamma: 0.5 }`. */
export type RuleChoice = RuleName | { [N in RuleName]: { readonly rule: N } & Partial<OptionsOf<N>> }[RuleName];

/** A rule with its options, in the engine's words. */
export interface ResolvedRule {
  readonly name: RuleName;
  readonly weighted: BackwardRule;
  readonly weightless: BackwardRule;
  readonly conserves: Rule<object>['conserves'];
}

/** @throws SecateurError ERR_ARGUMENT for unknown rules and options. */
export function resolveRule(choice: RuleChoice, convention: Convention): ResolvedRule {
  if (typeof choice !== 'string' && (typeof choice !== 'object' || choice === null)) {
    throw invalid('rule', `one of ${ruleNames.join(', ')}, or { rule, ...options }`, choice);
  }
  const { rule: given, ...options } = typeof choice === 'string' ? { rule: choice } : choice;
  const name = expectOneOf('rule', given, ruleNames);
  const rule = rules[name] as unknown as Rule<object>;
  const settings = checkOptions(name, rule, options);
  return {
    name,
    weighted: rule.weighted(settings, convention),
    weightless: (rule.weightless ?? passOn)(convention),
    conserves: rule.conserves,
  };
}

function checkOptions(name: RuleName, rule: Rule<object>, options: object): object {
  const known = Object.keys(rule.defaults);
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new SecateurError('ERR_ARGUMENT', `rule ${name}: it has no option "${unknown}"`, {
      hint: `its options: ${known.join(', ') || 'none'}`,
    });
  }
  const settings = { ...rule.defaults, ...options };
  rule.check?.(settings);
  return settings;
}
