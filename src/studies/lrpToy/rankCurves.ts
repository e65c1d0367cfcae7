import { formatCsv } from '../../report/index.js';
import { studentTails } from '../../util/student.js';
import type { StudyFile, StudyTable } from '../study.js';
import type { RankCell } from './rankCells.js';
import { type Group, nameOf } from './results.js';

/**
 * The published numbers of a case, its criteria and a statistic, over numbers of samples. They are of one network and lie on
 * one side of ours together or not at all, so that they are judged together: by their mean, as one more network beside ours.
 */
export interface RankCurve {
  readonly case: number;
  /** One criterion or the two that are compared. */
  readonly criteria: readonly string[];
  readonly statistic: string;
  readonly numbers: number;
  /** How many are outside their bands, published above ours and below. */
  readonly above: number;
  readonly below: number;
  /** How many lie between the least and the most of our networks, to half of the last published digit. */
  readonly within: number;
  /** Mean of published minus ours. */
  readonly difference: number;
  /** Standard deviation of the curve's mean over our networks. */
  readonly std: number;
  readonly networks: number;
  /** How often one more network like ours lies as far away (Student). */
  readonly probability: number;
}

/** Curves that fewer networks like ours would have are told apart from ours. */
const level = 0.05;

/** Published numbers have three decimals. */
const halfDigit = 0.0005;

const criteriaOf = ({ pair: { a, b } }: RankCell): string[] => [...new Set([a.criterion, b.criterion])];

/** The curves of published numbers, case by case; none of a single network, which has nothing to be judged by. */
export function rankCurves(cells: readonly RankCell[]): RankCurve[] {
  const curves = new Map<string, RankCell[]>();
  for (const own of cells.filter(({ values }) => values.length > 1)) {
    const key = [own.pair.case, ...criteriaOf(own), own.cell.column].join();
    const known = curves.get(key) ?? [];
    if (known.length === 0) curves.set(key, known);
    known.push(own);
  }
  return [...curves.values()].map(curveOf).sort((one, other) => one.case - other.case);
}

function curveOf(cells: readonly RankCell[]): RankCurve {
  const [first] = cells as [RankCell];
  const networks = first.values.length;
  const means = first.values.map((_, network) => mean(cells.map(({ values }) => values[network]!)));
  const difference = mean(cells.map(({ cell }) => cell.published!)) - mean(means);
  const std = Math.sqrt(means.reduce((sum, own) => sum + (own - mean(means)) ** 2, 0) / (networks - 1));
  // A rounded number has a spread of its own: a digit over the root of 12.
  const error = Math.hypot(std * Math.sqrt(1 + 1 / networks), (2 * halfDigit) / Math.sqrt(12));
  const outside = cells.filter(({ cell }) => cell.verdict === 'outside').map(({ cell }) => cell.published! - cell.ours);
  return {
    case: first.pair.case,
    criteria: criteriaOf(first),
    statistic: first.cell.column,
    numbers: cells.length,
    above: outside.filter((by) => by > 0).length,
    below: outside.filter((by) => by < 0).length,
    within: cells.filter(isWithin).length,
    difference,
    std,
    networks,
    probability: studentTails(Math.abs(difference) / error, networks - 1),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const isWithin = ({ cell: { published }, values }: RankCell): boolean =>
  published! >= Math.min(...values) - halfDigit && published! <= Math.max(...values) + halfDigit;

/** What a share of one more network like ours would be, were chance alone at work. */
export const expectedShares = (networks: number): { readonly outside: number; readonly within: number } => ({
  // Three deviations over the networks, in errors of the difference between one more network and their mean.
  outside: studentTails(3 / Math.sqrt(1 + 1 / networks), networks - 1),
  within: (networks - 1) / (networks + 1),
});

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

const signed = (value: number): string => `${value < 0 ? '\u2212' : '+'}${Math.abs(value).toFixed(3)}`;

/** Where published numbers are outside, in which direction, and which curves are told apart from ours. */
export function curveTable(group: Group, curves: readonly RankCurve[]): StudyTable[] {
  const [first] = curves;
  if (first === undefined) return [];
  const expected = expectedShares(first.networks);
  const rows = new Map<string, RankCurve[]>();
  for (const curve of curves) {
    const key = `${curve.case}: ${curve.criteria.join(', ')}`;
    rows.set(key, [...(rows.get(key) ?? []), curve]);
  }
  const sum = (own: readonly RankCurve[], key: 'numbers' | 'above' | 'below' | 'within'): number =>
    own.reduce((total, curve) => total + curve[key], 0);
  const row = (name: string, own: readonly RankCurve[], apart: string): string[] => [
    name,
    ...(['numbers', 'above', 'below', 'within'] as const).map((key) => String(sum(own, key))),
    apart,
  ];
  const apartOf = (own: readonly RankCurve[]): RankCurve[] => own.filter(({ probability }) => probability < level);
  const told = ({ statistic, difference }: RankCurve): string => `${statistic} ${signed(difference)}`;
  const apart = apartOf(curves);
  const counted = `${apart.length} of ${curves.length}, with ${sum(apart, 'above') + sum(apart, 'below')} that are outside`;
  const chance = [percent(expected.outside), '', percent(expected.within), percent(level)];
  return [
    {
      name: `ranks-curves-${nameOf(group)}`,
      title: `${group.dataset}, ${group.variant}: the published network beside ours, by what is compared`,
      headers: [
        ...['case: criteria', 'numbers', 'outside, published above', 'outside, below'],
        ...['between our networks', 'curves told apart (5 %)'],
      ],
      rows: [
        ...[...rows].map(([name, own]) => row(name, own, apartOf(own).map(told).join('; ') || '\u2013')),
        row('all', curves, counted),
        ['one more network like ours, by chance', '', ...chance],
      ],
    },
  ];
}

/** All of them, a row for each. */
export const curvesCsv = (group: Group, curves: readonly RankCurve[]): StudyFile[] =>
  curves.length === 0
    ? []
    : [
        {
          name: `ranks-all-curves-${nameOf(group)}.csv`,
          content: formatCsv(
            [
              ...[
                'case',
                'criterion_a',
                'criterion_b',
                'statistic',
                'numbers',
                'outside_above',
                'outside_below',
                'between',
              ],
              ...['difference', 'std', 'networks', 'probability'],
            ],
            curves.map((own) => [
              ...[own.case, own.criteria[0] ?? '', own.criteria.at(-1) ?? '', own.statistic],
              ...[own.numbers, own.above, own.below, own.within],
              ...[own.difference, own.std, own.networks, own.probability],
            ]),
          ),
        },
      ];
