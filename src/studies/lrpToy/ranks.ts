import type { Ranking } from './pruning.js';

/**
 * How alike two rankings are. `spearman` and `kendalltau` as published are correlations of the two lists as they stand:
 * which unit is at a place, not which place a unit has. `unit-spearman` and `unit-kendalltau` are those of the units'
 * places, the proper ones. `first-k` and `last-k`: the share of the k least and the k most important units that are in both.
 */
export const statisticsOf = (units: number): readonly string[] => [
  'spearman',
  'kendalltau',
  ...depthsOf(units).flatMap((depth) => [`first-${depth}`, `last-${depth}`]),
  'unit-spearman',
  'unit-kendalltau',
];

/** 125, 250, 500 and 1000 of 3000. */
const depthsOf = (units: number): readonly number[] => [24, 12, 6, 3].map((part) => Math.round(units / part));

/** Mean and standard deviation (of the population) of each statistic over pairs. */
export type RankCell = readonly { readonly mean: number; readonly std: number }[];

/** A ranking with what is looked up about it again and again. */
export interface Ranked {
  readonly order: Ranking;
  /** The place of each unit. */
  readonly places: Uint16Array;
}

export function ranked(order: Ranking): Ranked {
  const places = new Uint16Array(order.length);
  for (const [place, unit] of order.entries()) places[unit] = place;
  return { order, places };
}

/** The statistics of one pair, in the order of {@link statisticsOf}. */
export function compareRankings(a: Ranked, b: Ranked): number[] {
  const units = a.order.length;
  // Both lists hold every number once, so that each is the ranks of the other's as it stands.
  const standing = new Uint16Array(units);
  const proper = new Uint16Array(units);
  for (let i = 0; i < units; i++) {
    standing[i] = b.order[a.places[i]!]!;
    proper[i] = b.places[a.order[i]!]!;
  }
  return [...correlations(standing), ...overlaps(proper), ...correlations(proper)];
}

/** Spearman's rho and Kendall's tau of 0, 1, 2, ... and its permutation; there are no ties. */
function correlations(permutation: Uint16Array): [spearman: number, kendall: number] {
  const n = permutation.length;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (permutation[i]! - i) ** 2;
  return [1 - (6 * squares) / (n * (n * n - 1)), 1 - (4 * countInversions(permutation)) / (n * (n - 1))];
}

/** Numbers of the same word of bits. */
const wordBits = 32;

/**
 * How many pairs stand in falling order: for each number those before it that are larger, from sums over words of bits (a
 * Fenwick tree, the largest numbers first) and the bits above its own in its word.
 */
function countInversions(permutation: Uint16Array): number {
  const count = Math.ceil(permutation.length / wordBits);
  const words = new Int32Array(count);
  const sums = new Int32Array(count + 1);
  let inversions = 0;
  for (const number of permutation) {
    const word = number >>> 5;
    const bit = number & (wordBits - 1);
    const before = count - 1 - word;
    for (let i = before; i > 0; i &= i - 1) inversions += sums[i]!;
    inversions += bitCount((words[word]! >>> bit) >>> 1);
    words[word]! |= 1 << bit;
    for (let i = before + 1; i <= count; i += i & -i) sums[i]!++;
  }
  return inversions;
}

function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** For each depth the shares of the first and of the last units that two rankings have in common. */
function overlaps(proper: Uint16Array): number[] {
  const n = proper.length;
  return depthsOf(n).flatMap((depth) => {
    let [first, last] = [0, 0];
    for (let i = 0; i < depth; i++) {
      first += Number(proper[i]! < depth);
      last += Number(proper[n - 1 - i]! >= n - depth);
    }
    return [first / depth, last / depth];
  });
}

/** Rankings of one criterion and number of samples, one for each seed; a criterion without samples has only one. */
type Runs = readonly Ranked[];

/** Sums over pairs, for their mean and spread. */
class Tally {
  #pairs = 0;
  readonly #sums: number[] = [];
  readonly #squares: number[] = [];

  add(statistics: readonly number[], times = 1): void {
    this.#pairs += times;
    for (const [i, value] of statistics.entries()) {
      this.#sums[i] = (this.#sums[i] ?? 0) + times * value;
      this.#squares[i] = (this.#squares[i] ?? 0) + times * value * value;
    }
  }

  cell(): RankCell {
    return this.#sums.map((sum, i) => {
      const mean = sum / this.#pairs;
      return { mean, std: Math.sqrt(Math.max(0, this.#squares[i]! / this.#pairs - mean * mean)) };
    });
  }
}

/** Two lists of runs: over all pairs of seeds, and over the pairs with the same seed. */
export interface Comparison {
  readonly all: RankCell;
  readonly sameSeed: RankCell;
}

/** Every seed of one against every seed of the other. */
export function compareRuns(a: Runs, b: Runs): Comparison {
  const [all, sameSeed] = [new Tally(), new Tally()];
  const alone = a.length === 1 || b.length === 1;
  for (const [i, one] of a.entries()) {
    for (const [j, other] of b.entries()) {
      const statistics = compareRankings(one, other);
      all.add(statistics);
      if (i === j || alone) sameSeed.add(statistics);
    }
  }
  return { all: all.cell(), sameSeed: sameSeed.cell() };
}

/** Runs with themselves: over the pairs of different seeds, and over all pairs, each seed with itself among them. */
export function compareWithin(runs: Runs): { readonly different: RankCell; readonly all: RankCell } {
  const [different, all] = [new Tally(), new Tally()];
  for (const [i, one] of runs.entries()) {
    for (const other of runs.slice(0, i)) {
      const statistics = compareRankings(one, other);
      different.add(statistics, 2);
      all.add(statistics, 2);
    }
    all.add(compareRankings(one, one));
  }
  // One ranking for all seeds agrees with itself.
  return { different: runs.length > 1 ? different.cell() : all.cell(), all: all.cell() };
}

/** All tables of one network: what is compared, by criterion and samples a class, and how alike it is. */
export interface RankRow {
  /**
   * 1: a criterion with itself, different seeds. 2: two criteria, all seeds; 3: the same seed. 4: two numbers of samples, all
   * seeds; 5: the same seed.
   */
  readonly case: 1 | 2 | 3 | 4 | 5;
  readonly a: { readonly criterion: string; readonly perClass: number };
  readonly b: { readonly criterion: string; readonly perClass: number };
  readonly cell: RankCell;
}

/**
 * The five cases. Tables are symmetric, so that each pair stands there once; what is compared with itself in cases 2, 3
 * and 5 is always 1 and left out.
 */
export function* analyseRanks(
  criteria: readonly string[],
  sizes: readonly number[],
  runs: (criterion: string, perClass: number) => Runs,
): Generator<RankRow> {
  for (const perClass of sizes) {
    for (const [i, criterion] of criteria.entries()) {
      const a = { criterion, perClass };
      const own = runs(criterion, perClass);
      const { different, all } = compareWithin(own);
      yield { case: 1, a, b: a, cell: different };
      yield { case: 4, a, b: a, cell: all };
      for (const other of criteria.slice(i + 1)) {
        const b = { criterion: other, perClass };
        const found = compareRuns(own, runs(other, perClass));
        yield { case: 2, a, b, cell: found.all };
        yield { case: 3, a, b, cell: found.sameSeed };
      }
      for (const larger of sizes.filter((size) => size > perClass)) {
        const b = { criterion, perClass: larger };
        const found = compareRuns(own, runs(criterion, larger));
        yield { case: 4, a, b, cell: found.all };
        yield { case: 5, a, b, cell: found.sameSeed };
      }
    }
  }
}
