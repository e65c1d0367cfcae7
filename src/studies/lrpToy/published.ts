import type { ToyCriterion } from './criteria.js';
import type { TrainTable } from './findings.js';
import type { RankRow } from './ranks.js';
import type { ToyName } from './samples.js';

/** By size; null where nothing is at hand. */
export type Curve = readonly (readonly [mean: number, std: number] | null)[];

/** The published numbers. */
export interface PublishedToy {
  readonly sizes: readonly number[];
  /** What was told of pairs of rankings. */
  readonly statistics: readonly string[];
  readonly datasets: Readonly<
    Record<
      ToyName,
      {
        readonly intact: number;
        readonly train: Readonly<Record<ToyCriterion, Curve>>;
        /** By sigma. */
        readonly tests: Readonly<Record<string, Readonly<Record<ToyCriterion | 'intact', Curve>>>>;
        /** What was compared: each statistic's mean by size, in thousandths. */
        readonly ranks: Readonly<Record<string, readonly (readonly number[] | null)[]>>;
      }
    >
  >;
}

/** Two rankings that were compared, for seeds as the case says. */
export type RankPair = Pick<RankRow, 'case' | 'a' | 'b'>;

/** Cases 1 to 3 compare criteria, by the size of both; 4 and 5 sizes of one criterion, by the second. */
const keyOf = ({ case: which, a, b }: RankPair): string =>
  [which, a.criterion, which < 4 ? b.criterion : a.perClass].join(' ');

/** The published mean of every statistic of a pair of rankings; null where they are not at hand. */
export function publishedRanks(
  dataset: ToyName,
  pair: RankPair,
  { sizes, datasets }: PublishedToy,
): readonly number[] | null {
  const found = datasets[dataset].ranks[keyOf(pair)]?.[sizes.indexOf(pair.b.perClass)];
  return found?.map((thousandths) => thousandths / 1000) ?? null;
}

/** The published numbers as findings are looked for in them. */
export function publishedTable(dataset: ToyName, numbers: PublishedToy): TrainTable {
  const { sizes, statistics, datasets } = numbers;
  const { intact, train } = datasets[dataset];
  return {
    dataset,
    intact,
    sizes,
    at: (criterion, size) => {
      const found = train[criterion][sizes.indexOf(size)] ?? null;
      return found && { mean: found[0], std: found[1] };
    },
    agreement: (criterion, size) => {
      const side = { criterion, perClass: size };
      const found = publishedRanks(dataset, { case: 1, a: side, b: side }, numbers);
      const at = (name: string): number => found![statistics.indexOf(name)]!;
      return found && { first: at('first-1000'), last: at('last-1000') };
    },
  };
}
