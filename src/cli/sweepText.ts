import {
  formatCsv,
  formatNumber,
  formatPercent,
  formatTable,
  type IntactEvent,
  type Measured,
  plotLines,
  type SweepPoint,
  type SweepTable,
} from '../index.js';
import type { Colours } from './colour.js';
import { lossUnits } from './options/loss.js';

/** A sweep for people: the intact network, and a table a criterion. */
export function sweepText(title: string, table: SweepTable, colours: Colours): string {
  const tables = criteriaOf(table).map((criterion) => {
    const points = table.points.filter((point) => point.criterion === criterion);
    return `\n${colours.bold(criterion)}\n${pointsTable(points, table)}`;
  });
  return [colours.bold(title), '\n', intactText(table), '\n', ...tables].join('');
}

const criteriaOf = ({ points }: SweepTable): string[] => [...new Set(points.map(({ criterion }) => criterion))];

type Intact = Omit<IntactEvent, 'type'>;

/** What was measured, in a line. */
export function intactText({ samples, loss, lossName, accuracy, cut, engine }: Intact): string {
  const right = accuracy === null ? '' : `, accuracy ${formatPercent(accuracy)}`;
  const how = cut === null ? 'single weights set to 0' : `nodes cut at ${cut}`;
  return `intact: ${lossName} ${formatNumber(loss)}${right}, ${samples} samples; ${how}, engine ${engine}`;
}

type Point = Measured & Pick<SweepPoint, 'amount' | 'removed' | 'tuned'>;

/** Points of one curve. */
export function pointsTable(points: readonly Point[], intact: Intact): string {
  const heads = ['amount', 'removed', 'parameters', 'MACs', intact.lossName];
  if (intact.accuracy !== null) heads.push('accuracy', 'lost');
  if (points.some(isTuned))
    heads.push(`${intact.lossName} tuned`, ...(intact.accuracy === null ? [] : ['accuracy tuned']));
  const rows = points.map(({ amount, removed, parameters, macs, loss, accuracy, tuned }) => [
    formatPercent(amount),
    removed,
    ...[parameters, macs].map(Math.round),
    formatNumber(loss),
    ...(accuracy === null ? [] : [formatPercent(accuracy), formatPercent((intact.accuracy ?? 0) - accuracy)]),
    ...(tuned ? [formatNumber(tuned.loss), ...(tuned.accuracy === null ? [] : [formatPercent(tuned.accuracy)])] : []),
  ]);
  return formatTable(
    heads.map((header) => ({ header, align: 'right' })),
    rows,
  );
}

const columns = ['criterion', 'amount', 'removed', 'parameters', 'macs', 'loss', 'accuracy'] as const;

const isTuned = ({ tuned }: Pick<SweepPoint, 'tuned'>): boolean => tuned !== undefined;

export function sweepCsv({ points }: SweepTable): string {
  const tuned = points.some(isTuned);
  return formatCsv(
    [...columns, ...(tuned ? ['tunedLoss', 'tunedAccuracy'] : [])],
    points.map((point) => [
      ...columns.map((column) => point[column]),
      ...(point.tuned ? [point.tuned.loss, point.tuned.accuracy] : []),
    ]),
  );
}

/** What the vertical axis of a plot shows: accuracy, or the loss where there is none. */
export function heightOf({ accuracy, lossName }: Intact) {
  return accuracy === null
    ? {
        y: (point: Pick<Measured, 'loss' | 'accuracy'>) => point.loss,
        axis: { label: `${lossName} (${lossUnits[lossName]})` },
      }
    : {
        y: (point: Pick<Measured, 'loss' | 'accuracy'>) => point.accuracy,
        axis: { label: 'accuracy', format: 'percent' as const },
      };
}

/** Facts of a plot of curves, in a line. */
export function plotFacts({ samples, cut, lossName, loss }: Intact): string {
  const how = cut === null ? 'single weights set to 0' : `nodes cut at ${cut}`;
  return `${samples} samples \u00b7 ${how} \u00b7 intact ${lossName} ${formatNumber(loss)}`;
}

/** One curve a criterion, as SVG. */
export function sweepPlot(name: string, table: SweepTable): string {
  const { y, axis } = heightOf(table);
  const where = table.scope === 'layer' ? 'of each layer' : 'of all layers together';
  const lines = criteriaOf(table).flatMap((criterion) => {
    const own = table.points.filter((point) => point.criterion === criterion).toSorted((a, b) => a.amount - b.amount);
    const tuned = own.filter(isTuned).map((point) => ({ x: point.amount, y: y(point.tuned!) }));
    const before = { name: criterion, points: own.map((point) => ({ x: point.amount, y: y(point) })) };
    return tuned.length === 0 ? [before] : [before, { name: `${criterion}, trained after`, points: tuned }];
  });
  return plotLines(lines, {
    title: `Sparsity of ${name}`,
    subtitles: [plotFacts(table)],
    x: { label: `share of the ${table.what} ${where} that is gone`, format: 'percent' },
    y: axis,
  });
}
