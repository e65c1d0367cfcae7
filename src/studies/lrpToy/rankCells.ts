import { formatCsv } from '../../report/index.js';
import type { ComparedCell } from '../compare.js';
import type { StudyFile, StudyTable } from '../study.js';
import { judged } from './cells.js';
import { type PublishedToy, publishedRanks, type RankPair } from './published.js';
import { statisticsOf } from './ranks.js';
import { type Group, nameOf } from './results.js';
import type { RankTables } from './tables.js';

/** A published mean over pairs of rankings beside one value for each of our networks. */
export interface RankCell {
  readonly pair: RankPair;
  readonly cell: ComparedCell;
  /** By network. */
  readonly values: readonly number[];
}

/** Shares and correlations, published with three decimals. */
const leastBand = 0.01;

const nameOfPair = ({ case: which, a, b }: RankPair): string =>
  `case ${which}: ${a.criterion} ${a.perClass}, ${b.criterion} ${b.perClass}`;

/** Every published number of the five cases that is not 1 in any case, beside ours. */
export function rankCells({ dataset }: Group, ranks: readonly RankTables[], numbers: PublishedToy): RankCell[] {
  const [first] = ranks;
  if (first === undefined) return [];
  const names = statisticsOf(first.units);
  const rowsOf = new Map<string, RankTables['rows'][number][]>();
  for (const row of ranks.flatMap(({ rows }) => rows)) {
    rowsOf.set(nameOfPair(row), [...(rowsOf.get(nameOfPair(row)) ?? []), row]);
  }
  return [...rowsOf].flatMap(([name, rows]) => {
    const pair = rows[0]!;
    const published = publishedRanks(dataset, pair, numbers);
    return numbers.statistics.flatMap((statistic, i) => {
      const place = { table: `${dataset}, as published: rankings`, row: name, column: statistic };
      const values = rows.map(({ cell }) => cell[names.indexOf(statistic)]!.mean);
      return judged(place, published?.[i], values, leastBand).map((cell) => ({ pair, cell, values }));
    });
  });
}

/** What tells most of rankings of different seeds (case 1); the other numbers are counted. */
const shown: readonly string[] = ['spearman', 'kendalltau', 'first-1000', 'last-1000'];

/** How far rankings of different seeds agree, as cells of the study. */
export const agreementCells = ({ dataset }: Group, cells: readonly RankCell[]): ComparedCell[] =>
  cells
    .filter(({ pair, cell }) => pair.case === 1 && shown.includes(cell.column))
    .map(({ pair: { a }, cell }) => ({
      ...cell,
      table: `${dataset}, as published: rankings of different seeds`,
      row: `${a.criterion}, ${a.perClass} a class`,
    }));

const cases = [
  '1: a criterion, other seeds',
  '2: two criteria, all seeds',
  '3: two criteria, the same seed',
  '4: two numbers of samples, all seeds',
  '5: two numbers of samples, the same seed',
];

/** How many published numbers lie inside their bands, by case and statistic; nothing to tell of one network. */
export function rankCounts(group: Group, cells: readonly RankCell[], { statistics }: PublishedToy): StudyTable[] {
  const judgedOnes = cells.filter(({ cell }) => cell.trials > 1);
  if (judgedOnes.length === 0) return [];
  return [
    {
      name: `ranks-inside-${nameOf(group)}`,
      title: `${group.dataset}, ${group.variant}: published numbers about rankings inside their bands, of those at hand`,
      headers: ['case', ...statistics],
      rows: cases.map((name, i) => [
        name,
        ...statistics.map((statistic) => {
          const own = judgedOnes.filter(({ pair, cell }) => pair.case === i + 1 && cell.column === statistic);
          return `${own.filter(({ cell }) => cell.verdict === 'inside').length} of ${own.length}`;
        }),
      ]),
    },
  ];
}

/** All of them, a row for each. */
export const rankCellsCsv = (group: Group, cells: readonly RankCell[]): StudyFile => ({
  name: `ranks-published-${nameOf(group)}.csv`,
  content: formatCsv(
    [
      ...['case', 'criterion_a', 'n_per_class_a', 'criterion_b', 'n_per_class_b', 'statistic'],
      ...['published', 'ours', 'std', 'networks', 'verdict'],
    ],
    cells
      .toSorted((one, other) => one.pair.case - other.pair.case)
      .map(({ pair: { case: which, a, b }, cell: { column, published, ours, std, trials, verdict } }) => [
        ...[which, a.criterion, a.perClass, b.criterion, b.perClass, column],
        ...[published, ours, std, trials, verdict],
      ]),
  ),
});
