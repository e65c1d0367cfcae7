import { type CutPoint, cutPoints } from '../ablation/index.js';
import { type Start, starts } from '../engine/index.js';
import { type ConventionName, conventionNames, type RuleName, ruleNames } from '../propagation/index.js';
import { SecateurError } from '../util/errors.js';
import { expectOneOf, expectPositiveInteger, invalid, isFiniteNumber, isPositiveInteger } from '../util/expect.js';

/** How the parts of a group (one for each weight that goes with it) make one score; `first` is the node's own kernel. */
export const reductions = ['mean', 'sum', 'max', 'prod', 'first'] as const;

/** One of {@link reductions}. */
export type Reduction = (typeof reductions)[number];

/** Where an activation is looked at: as the next layers receive it, or in front of what dresses the node. */
export const places = ['output', 'pre'] as const;

/** One of {@link places}. */
export type Place = (typeof places)[number];

/** Options that some criteria follow; the others refuse them. */
export interface CriterionOptions {
  /** Default `mean`. */
  readonly reduce?: Reduction;
  /** Default `output`. */
  readonly at?: Place;
  /** Where nodes are cut; default `weights`. */
  readonly cut?: CutPoint;
  /** How a layer hands relevance back; default `zplus`. */
  readonly rule?: RuleName;
  /** How biases, negative inputs and small denominators are treated; default `zennit`. */
  readonly convention?: ConventionName;
  /** What relevance starts from; each criterion has its own default. */
  readonly start?: Start;
  /** How many random orders are drawn, at least 2; default 64. */
  readonly permutations?: number;
  /** An order ends early within this part of what all nodes are worth, from 0 (never, the default) to 1. */
  readonly truncation?: number;
  /** Of random draws; default 0. */
  readonly seed?: number;
}

/** Every option with a value. */
export interface ResolvedOptions extends Required<Omit<CriterionOptions, 'start'>> {
  /** Null where the criterion's own default counts. */
  readonly start: Start | null;
}

const choice =
  <T extends string>(name: string, choices: readonly T[]) =>
  (value: unknown): T =>
    expectOneOf(name, value, choices);

const seedOf = (value: unknown): number => (value === 0 ? 0 : expectPositiveInteger('seed', value));

function permutationsOf(value: unknown): number {
  if (!isPositiveInteger(value) || value < 2) throw invalid('permutations', 'an integer of at least 2', value);
  return value;
}

function partOf(value: unknown): number {
  if (!isFiniteNumber(value) || value < 0 || value > 1) throw invalid('truncation', 'a number from 0 to 1', value);
  return value;
}

/** Default and check of each option. */
const optionTable: {
  readonly [K in keyof ResolvedOptions]: {
    readonly preset: ResolvedOptions[K];
    readonly check: (value: unknown) => ResolvedOptions[K];
  };
} = {
  reduce: { preset: 'mean', check: choice('reduce', reductions) },
  at: { preset: 'output', check: choice('at', places) },
  cut: { preset: 'weights', check: choice('cut', cutPoints) },
  rule: { preset: 'zplus', check: choice('rule', ruleNames) },
  convention: { preset: 'zennit', check: choice('convention', conventionNames) },
  start: { preset: null, check: choice('start', starts) },
  permutations: { preset: 64, check: permutationsOf },
  truncation: { preset: 0, check: partOf },
  seed: { preset: 0, check: seedOf },
};

export const optionNames = Object.keys(optionTable) as (keyof CriterionOptions)[];

/**
 * The options of a criterion with their defaults.
 *
 * @throws SecateurError ERR_ARGUMENT for an option that it does not follow, or a value that is none.
 */
export function resolveOptions(
  name: string,
  takes: readonly (keyof CriterionOptions)[],
  given: CriterionOptions,
): ResolvedOptions {
  const entries = optionNames.map((option) => {
    const value = given[option];
    if (value === undefined) return [option, optionTable[option].preset];
    if (takes.includes(option)) return [option, optionTable[option].check(value)];
    const knows = takes.length === 0 ? 'it has no options of its own' : `its own options: ${takes.join(', ')}`;
    throw new SecateurError('ERR_ARGUMENT', `criterion ${name} does not follow option ${option}`, { hint: knows });
  });
  return Object.fromEntries(entries) as unknown as ResolvedOptions;
}
