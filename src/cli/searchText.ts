import {
  formatCsv,
  formatNumber,
  formatPercent,
  formatTable,
  type Line,
  type Mark,
  plotLines,
  type SearchGoal,
  type SearchTable,
} from '../index.js';
import type { Colours } from './colour.js';
import { heightOf, intactText, plotFacts } from './sweepText.js';

const units: Readonly<Record<SearchGoal['cost'], string>> = {
  parameters: 'parameters',
  macs: 'multiply-accumulates',
  milliseconds: 'milliseconds of a pass',
};

/** A search for people: its rounds, how they hold the floor, and what each layer loses. */
export function searchText(title: string, table: SearchTable, colours: Colours): string {
  const { chosen, points } = table;
  const { layers } = points[chosen.round]!;
  const shares = formatTable(
    ['layer', 'nodes', 'go', 'share'].map((header, i) => ({ header, align: i === 0 ? 'left' : 'right' })),
    layers.map(({ layer, removed, of }) => [layer, of, removed, formatPercent(removed / of)]),
  );
  const parts = [intactText(table), goalText(table), '', roundsTable(table), colours.bold(chosenText(table)), shares];
  return `${colours.bold(title)}\n${parts.join('\n')}`;
}

function goalText({ goal: { cost, budget, drop, confidence } }: SearchTable): string {
  const least = budget === null ? `the fewest ${units[cost]}` : `at most ${formatNumber(budget)} ${units[cost]}`;
  if (drop === null) return least;
  return `${least}, with at most ${formatPercent(drop)} of accuracy lost, with confidence ${formatPercent(confidence)}`;
}

function chosenText({ chosen: { round, reached, certificate } }: SearchTable): string {
  const { holds } = certificate;
  return `round ${round} is chosen${reached ? '' : ', above the budget'}; masked and pruned outputs: ${holds ? 'proven' : 'NOT proven'} equal`;
}

function roundsTable({ points, tests, lossName, accuracy, goal }: SearchTable): string {
  const timed = goal.cost === 'milliseconds';
  const heads = ['round', 'removed', 'parameters', 'MACs', ...(timed ? ['ms'] : []), lossName];
  if (accuracy !== null) heads.push('accuracy');
  if (goal.drop !== null) heads.push('lost apart', 'at most', 'holds');
  const testOf = new Map(tests.map((test) => [test.round, test]));
  const rows = points.map((point) => {
    const test = testOf.get(point.round);
    const held = test ? [formatPercent(test.drop), formatPercent(test.bound), test.holds ? 'yes' : 'no'] : ['', '', ''];
    return [
      point.round,
      point.removed,
      point.parameters,
      point.macs,
      ...(timed ? [formatNumber(point.milliseconds ?? 0)] : []),
      formatNumber(point.loss),
      ...(accuracy === null ? [] : [formatPercent(point.accuracy)]),
      ...(goal.drop === null ? [] : held),
    ];
  });
  return formatTable(
    heads.map((header) => ({ header, align: 'right' })),
    rows,
  );
}

const measures = ['round', 'amount', 'removed', 'parameters', 'macs', 'milliseconds', 'loss', 'accuracy'] as const;

/** A row a round; after its measures whether it is on the front and how it holds, then what each layer loses. */
export function searchCsv({ points, front, tests, chosen }: SearchTable): string {
  const layers = points[0]!.layers.map(({ layer }) => layer);
  const testOf = new Map(tests.map((test) => [test.round, test]));
  return formatCsv(
    [...measures, 'front', 'drop', 'bound', 'holds', 'chosen', ...layers],
    points.map((point) => {
      const test = testOf.get(point.round);
      return [
        ...measures.map((measure) => point[measure]),
        Number(front.includes(point.round)),
        test?.drop ?? null,
        test?.bound ?? null,
        test ? Number(test.holds) : null,
        Number(point.round === chosen.round),
        ...point.layers.map(({ removed }) => removed),
      ];
    }),
  );
}

/** The front, and what it is on the samples set apart, as SVG. */
export function searchPlot(name: string, table: SearchTable): string {
  const { points, front, tests, chosen, goal, accuracy } = table;
  const { y, axis } = heightOf(table);
  const x = (round: number): number => points[round]![goal.cost]!;
  const sorted = (line: Line): Line => ({ ...line, points: line.points.toSorted((a, b) => a.x - b.x) });
  const lines: Line[] = [{ name: 'searched', points: front.map((round) => ({ x: x(round), y: y(points[round]!) })) }];
  const base = chosen.certificate.before.accuracy;
  if (goal.drop !== null && base !== null) {
    const apart = tests.map(({ round, drop }) => ({ x: x(round), y: base - drop }));
    lines.push({ name: 'set apart', points: [{ x: x(0), y: base }, ...apart] });
  }
  const at = points[chosen.round]!;
  const marks: Mark[] = [{ x: x(chosen.round), y: at.accuracy ?? at.loss, says: 'chosen' }];
  if (goal.budget !== null) marks.push({ x: goal.budget, says: 'budget' });
  if (goal.drop !== null) marks.push({ y: (base ?? accuracy ?? 0) - goal.drop, says: 'floor' });
  return plotLines(lines.map(sorted), {
    title: `Search of ${name}`,
    subtitles: [`${plotFacts(table)} \u00b7 ${goalText(table)}`],
    x: { label: units[goal.cost] },
    y: axis,
    marks,
  });
}
