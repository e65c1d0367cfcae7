import type { ToyCriterion } from './criteria.js';
import type { Spread } from './results.js';
import type { ToyName } from './samples.js';

/** Accuracy on the training samples after pruning, in percent, with its spread over seeds; null where there is none. */
export interface TrainTable {
  readonly dataset: ToyName;
  readonly intact: number;
  readonly sizes: readonly number[];
  readonly at: (criterion: ToyCriterion, perClass: number) => Spread | null;
  /** How much of the first and of the last third of rankings of different seeds agrees; null where it was not looked at. */
  readonly agreement: (
    criterion: ToyCriterion,
    perClass: number,
  ) => { readonly first: number; readonly last: number } | null;
}

/** Something that the published tables show, as a statement that holds or not. */
export interface Finding {
  readonly claim: string;
  readonly holds: boolean;
}

const sampled = ['taylor', 'grad'] as const;
/** From so many samples a class on scores by relevance are settled. */
const enough = 5;
/** Percentage points. */
const clearly = 2.5;
const nearly = 1;
const poor = 10;

type Claim = (table: TrainTable) => Finding | null;

/** A claim about pairs of numbers that are there; null if none are. */
function claimed(claim: string, checks: readonly (boolean | null)[]): Finding | null {
  const known = checks.filter((check) => check !== null);
  return known.length === 0 ? null : { claim, holds: known.every(Boolean) };
}

const compareFrom = ({ sizes, at }: TrainTable, holds: (lrp: Spread, other: Spread) => boolean): (boolean | null)[] =>
  sizes
    .filter((size) => size >= enough)
    .flatMap((size) =>
      sampled.map((name) => {
        const [lrp, other] = [at('lrp', size), at(name, size)];
        return lrp && other && holds(lrp, other);
      }),
    );

const claims: readonly Claim[] = [
  (table) =>
    claimed(
      `from ${enough} samples a class lrp keeps ${clearly} points more than taylor and grad`,
      compareFrom(table, (lrp, other) => lrp.mean - other.mean >= clearly),
    ),
  (table) =>
    claimed(
      `from ${enough} samples a class lrp spreads less over seeds than taylor and grad`,
      compareFrom(table, (lrp, other) => lrp.std < other.std),
    ),
  ({ dataset, intact, sizes, at }) =>
    dataset === 'mult'
      ? null
      : claimed(
          `from ${enough} samples a class lrp loses less than ${nearly} point`,
          sizes
            .filter((size) => size >= enough)
            .map((size) => at('lrp', size))
            .map((lrp) => lrp && intact - lrp.mean < nearly),
        ),
  ({ sizes, at }) =>
    claimed(
      'taylor and grad are better with the most samples than with 5 a class',
      sampled.map((name) => {
        const [few, many] = [at(name, enough), at(name, Math.max(...sizes))];
        return Math.max(...sizes) === enough ? null : few && many && many.mean > few.mean;
      }),
    ),
  ({ intact, at }) =>
    claimed(
      `1 sample a class is poor: lrp, taylor and grad lose over ${poor} points`,
      (['lrp', ...sampled] as const).map((name) => at(name, 1)).map((own) => own && intact - own.mean > poor),
    ),
  ({ sizes, agreement }) =>
    claimed(
      `from ${enough} samples a class rankings by lrp agree most over seeds, in their first third and in their last`,
      sizes
        .filter((size) => size >= enough)
        .flatMap((size) =>
          sampled.map((name) => {
            const [lrp, other] = [agreement('lrp', size), agreement(name, size)];
            return lrp && other && lrp.first > other.first && lrp.last > other.last;
          }),
        ),
    ),
];

/** The findings about one dataset that its numbers can decide. */
export const findingsOf = (table: TrainTable): Finding[] => claims.flatMap((claim) => claim(table) ?? []);

/** What pruning by weights costs, over datasets. */
export function weightFindings(tables: readonly TrainTable[]): Finding[] {
  const lossOn = (dataset: ToyName): number | null => {
    const table = tables.find((own) => own.dataset === dataset);
    const pruned = table?.sizes.map((size) => table.at('weight', size)).find((spread) => spread !== null);
    return table && pruned ? table.intact - pruned.mean : null;
  };
  const [moon, circle, mult] = [lossOn('moon'), lossOn('circle'), lossOn('mult')];
  if (moon === null || circle === null || mult === null) return [];
  const holds = moon < nearly && circle > moon && mult > moon;
  return [{ claim: `weight loses less than ${nearly} point on moon, and more on circle and mult`, holds }];
}
