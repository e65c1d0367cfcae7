import {
  formatCsv,
  formatNumber,
  formatPercent,
  formatTable,
  plotLines,
  type ThresholdPoint,
  type ThresholdTable,
} from '../index.js';
import type { Colours } from './colour.js';
import { intactText, plotFacts } from './sweepText.js';

/** A threshold sweep for people: a row wherever weights go. */
export function thresholdText(title: string, table: ThresholdTable, colours: Colours): string {
  const rows = table.points.filter(({ zeros }, i) => zeros !== table.points[i - 1]?.zeros);
  const heads = ['threshold', 'zeros', 'share', table.lossName, 'accuracy', 'average precision'];
  const shown = formatTable(
    heads.map((header) => ({ header, align: 'right' })),
    rows.map(({ threshold, zeros, loss, accuracy, averagePrecision }) => [
      formatNumber(threshold),
      zeros,
      formatPercent(zeros / table.weights),
      formatNumber(loss),
      formatPercent(accuracy),
      formatPercent(averagePrecision),
    ]),
  );
  return `${colours.bold(title)}\n${intactText(table)}\n\n${shown}`;
}

const columns = ['threshold', 'zeros', 'loss', 'accuracy', 'averagePrecision'] as const;

export const thresholdCsv = ({ points }: ThresholdTable): string =>
  formatCsv(
    columns,
    points.map((point) => columns.map((column) => point[column])),
  );

/** What is right, or the loss where nothing is, and the share of weights that are gone, against the threshold. */
export function thresholdPlot(name: string, table: ThresholdTable): string {
  const [first] = table.points;
  const measure = (['averagePrecision', 'accuracy', 'loss'] as const).find((one) => first?.[one] !== null)!;
  const names = { averagePrecision: 'average precision', accuracy: 'accuracy', loss: table.lossName };
  const line = (says: string, y: (point: ThresholdPoint) => number | null) => ({
    name: says,
    points: table.points.map((point) => ({ x: point.threshold, y: y(point) })),
  });
  const shares = line('weights that are gone', ({ zeros }) => zeros / table.weights);
  return plotLines([line(names[measure], (point) => point[measure]), shares], {
    title: `Thresholds of ${name}`,
    subtitles: [plotFacts(table)],
    x: { label: 'threshold' },
    y: measure === 'loss' ? { label: table.lossName } : { label: 'share', format: 'percent' },
  });
}
