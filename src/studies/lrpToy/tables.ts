import { describe, formatCsv } from '../../report/index.js';
import type { StudyFile, StudyTable } from '../study.js';
import { type ToyCriterion, toyCriteria } from './criteria.js';
import type { TrainTable } from './findings.js';
import { hiddenNames } from './network.js';
import { type RankRow, statisticsOf } from './ranks.js';
import {
  criteriaOf,
  type Done,
  type Group,
  nameOf,
  type Result,
  type Spread,
  scenarioFile,
  scenarioName,
  scenariosOf,
  sizesOf,
  spreadsOf,
  together,
} from './results.js';

const points = (spread: Spread | null): string =>
  spread === null ? '-' : `${spread.mean.toFixed(2)} +- ${spread.std.toFixed(2)}`;

const titleOf = ({ dataset, variant }: Group): string => `${dataset}, ${variant}`;

/** Accuracies by number of samples and criterion: means over networks, of means and spreads over seeds. */
export function accuracyTables(group: Group, results: readonly Result[]): StudyTable[] {
  const criteria = criteriaOf(results);
  return scenariosOf(results).map((scenario) => {
    const at = (name: ToyCriterion | null, size: number) => together(spreadsOf(results, scenario, name, size));
    return {
      name: `accuracy-${nameOf(group)}-${scenarioFile(scenario)}`,
      title: `${titleOf(group)}: accuracy on ${scenarioName(scenario)}, %`,
      headers: ['samples a class', 'intact', ...criteria],
      rows: sizesOf(results).map((size) => [
        String(size),
        ...[null, ...criteria].map((name) => points(at(name, size))),
      ]),
    };
  });
}

/** How many of its units each layer lost, mean over networks and seeds. */
export function lossTable(group: Group, done: readonly Done[]): StudyTable {
  const { sizes = [], criteria = [] } = done[0]?.trial ?? {};
  const lost = (criterion: ToyCriterion, perClass: number): string => {
    const cells = done.flatMap(({ outcome }) =>
      outcome.cells.filter((cell) => cell.criterion === criterion && cell.perClass === perClass),
    );
    return hiddenNames
      .map((_, layer) => Math.round(cells.reduce((sum, cell) => sum + cell.lost[layer]!, 0) / cells.length))
      .join(' / ');
  };
  return {
    name: `lost-${nameOf(group)}`,
    title: `${titleOf(group)}: units lost by the first / second / third layer`,
    headers: ['samples a class', ...criteria],
    rows: sizes.map((size) => [String(size), ...criteria.map((name) => lost(name, size))]),
  };
}

/** Every accuracy by itself, as the published logs are told: a row for each network, criterion, size and scenario. */
export const accuracyCsv = (results: readonly Result[]): StudyFile => ({
  name: 'accuracy.csv',
  content: formatCsv(
    [
      'dataset',
      'variant',
      'network',
      'criterion',
      'n_per_class',
      'scenario',
      'stage',
      'seeds',
      'mean',
      'std',
      'min',
      'q25',
      'median',
      'q75',
      'max',
    ],
    results.map(({ dataset, variant, network, criterion, perClass, scenario, values }) => {
      const { count, mean, std, min, '25%': q25, '50%': median, '75%': q75, max } = describe(values);
      // Of the population: the spread over all seeds that there are.
      const spread = (std ?? 0) * Math.sqrt((count - 1) / count);
      const where = [dataset, variant, network, criterion ?? '', perClass, scenarioFile(scenario)];
      return [...where, criterion === null ? 'pre' : 'post', count, mean, spread, min, q25, median, q75, max];
    }),
  ),
});

/** Rank tables of one network. */
export interface RankTables {
  readonly group: Group;
  readonly network: number;
  /** Of a ranking. */
  readonly units: number;
  readonly rows: readonly RankRow[];
}

/** All five cases of a network, a row for each pair of tables' row and column. */
export function ranksCsv({ group, network, units, rows }: RankTables): StudyFile {
  const names = statisticsOf(units);
  return {
    name: `ranks-${nameOf(group)}-${network}.csv`,
    content: formatCsv(
      [
        'case',
        'criterion_a',
        'n_per_class_a',
        'criterion_b',
        'n_per_class_b',
        ...names.flatMap((name) => [`${name}_mean`, `${name}_std`]),
      ],
      rows
        .toSorted((a, b) => a.case - b.case)
        .map(({ case: which, a, b, cell }) => [
          ...[which, a.criterion, a.perClass, b.criterion, b.perClass],
          ...cell.flatMap(({ mean, std }) => [mean.toFixed(3), std.toFixed(3)]),
        ]),
    ),
  };
}

/** How far rankings of different seeds agree (case 1), as they stand and unit by unit. */
export function agreementTable({ group, network, units, rows }: RankTables): StudyTable {
  const third = Math.round(units / 3);
  const shown = ['spearman', 'unit-spearman', 'unit-kendalltau', `first-${third}`, `last-${third}`];
  const names = statisticsOf(units);
  const own = rows.filter((row) => row.case === 1);
  const criteria = toyCriteria.filter((name) => own.some(({ a }) => a.criterion === name));
  return {
    name: `agreement-${nameOf(group)}-${network}`,
    title: `${titleOf(group)}, network ${network}: how rankings of different seeds agree`,
    headers: ['', 'samples a class', ...shown],
    rows: criteria.flatMap((name) =>
      own
        .filter(({ a }) => a.criterion === name)
        .map(({ a, cell }) => [
          name,
          a.perClass,
          ...shown.map((statistic) => {
            const { mean, std } = cell[names.indexOf(statistic)]!;
            return `${mean.toFixed(3)} +- ${std.toFixed(3)}`;
          }),
        ]),
    ),
  };
}

/** Our numbers as findings are looked for in them: means over networks. */
export function ownTable(group: Group, results: readonly Result[], ranks: readonly RankTables[]): TrainTable {
  const sizes = sizesOf(results);
  const intact = together(spreadsOf(results, 'train', null, sizes[0] ?? 0));
  return {
    dataset: group.dataset,
    intact: intact?.mean ?? Number.NaN,
    sizes,
    at: (criterion, size) => together(spreadsOf(results, 'train', criterion, size)),
    agreement: (criterion, size) => {
      const found = ranks.flatMap(({ units, rows }) => {
        const row = rows.find((own) => own.case === 1 && own.a.criterion === criterion && own.a.perClass === size);
        const third = Math.round(units / 3);
        const at = (name: string): number => row?.cell[statisticsOf(units).indexOf(name)]?.mean ?? Number.NaN;
        return row === undefined ? [] : [{ first: at(`first-${third}`), last: at(`last-${third}`) }];
      });
      if (found.length === 0) return null;
      const mean = (side: 'first' | 'last'): number => found.reduce((sum, own) => sum + own[side], 0) / found.length;
      return { first: mean('first'), last: mean('last') };
    },
  };
}
