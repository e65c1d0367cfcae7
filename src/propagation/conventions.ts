import type { Product, Stabiliser, WeightPart } from '../engine/index.js';
import { SecateurError } from '../util/errors.js';
import { expectFinite, expectOneOf, invalid } from '../util/expect.js';

/** What the papers leave open about rules, and every implementation settles in its own way. */
export interface Convention extends Stabiliser {
  /**
   * The bias in the denominators, which keeps a part of the relevance. `parts`: the same part of it as of the weights;
   * `whole`: as it is; `none`: left out, so that nothing is kept.
   */
  readonly bias: 'parts' | 'whole' | 'none';
  /**
   * Inputs below 0 in rules that tell positive from negative weights. `opposite`: they take the weights of the other sign,
   * so that a contribution counts by the sign of the product; `signed`: all inputs take the same weights.
   */
  readonly negativeInputs: 'opposite' | 'signed';
}

/**
 * `zennit` and `captum` agree with those libraries on the rules that they have (captum's change the weights alone);
 * `toy` is the convention of the pruning study on toy data (Yeom et al. 2021).
 */
export const conventions = {
  zennit: { bias: 'parts', negativeInputs: 'opposite', epsilon: 1e-6, stabiliser: 'signed' },
  captum: { bias: 'whole', negativeInputs: 'signed', epsilon: 1e-9, stabiliser: 'signed' },
  toy: { bias: 'none', negativeInputs: 'signed', epsilon: 1e-9, stabiliser: 'plain' },
} as const satisfies Record<string, Convention>;

/** A convention of the table. */
export type ConventionName = keyof typeof conventions;

/** All conventions. */
export const conventionNames = Object.keys(conventions) as ConventionName[];

/**
 * A convention by its name, or with some of its settings replaced.
 *
 * @throws SecateurError ERR_ARGUMENT for unknown names and settings.
 */
export function resolveConvention(
  given: ConventionName | ({ readonly base?: ConventionName } & Partial<Convention>) = {},
): Convention {
  if (typeof given === 'string') return conventions[expectOneOf('convention', given, conventionNames)];
  if (typeof given !== 'object' || given === null) throw invalid('convention', 'a name or settings', given);
  const { base = 'zennit', ...settings } = given;
  const convention: Convention = { ...conventions[expectOneOf('convention.base', base, conventionNames)], ...settings };
  const unknown = Object.keys(settings).find((key) => !(key in conventions.zennit));
  if (unknown !== undefined) {
    throw new SecateurError('ERR_ARGUMENT', `convention: it has no setting "${unknown}"`, {
      hint: `its settings: base, ${Object.keys(conventions.zennit).join(', ')}`,
    });
  }
  expectOneOf('convention.bias', convention.bias, ['parts', 'whole', 'none']);
  expectOneOf('convention.negativeInputs', convention.negativeInputs, ['opposite', 'signed']);
  expectOneOf('convention.stabiliser', convention.stabiliser, ['signed', 'plain']);
  expectEpsilon('convention.epsilon', convention.epsilon);
  return convention;
}

/** @throws SecateurError ERR_ARGUMENT unless it is a finite number of at least 0. */
export function expectEpsilon(name: string, value: number): number {
  if (expectFinite(name, value) < 0) throw invalid(name, 'a number of at least 0', value);
  return value;
}

/** The part of the bias that goes with a part of the weights. */
export function biasFor({ bias }: Convention, part: WeightPart): Product['bias'] {
  return { parts: part, whole: 'signed', none: 'none' }[bias] as Product['bias'];
}

/** What makes the contributions that `weight` makes of inputs above 0, and `opposite` of those below 0. */
export function contributions(
  convention: Convention,
  weight: WeightPart,
  opposite: WeightPart,
  bias: Product['bias'] = biasFor(convention, weight),
): Product[] {
  if (convention.negativeInputs === 'signed') return [{ input: 'signed', weight, bias, sign: 1 }];
  return [
    { input: 'positive', weight, bias, sign: 1 },
    { input: 'negative', weight: opposite, bias: 'none', sign: 1 },
  ];
}

/** The convention's way to keep denominators away from 0. */
export const stabiliserOf = ({ epsilon, stabiliser }: Convention): Stabiliser => ({ epsilon, stabiliser });
