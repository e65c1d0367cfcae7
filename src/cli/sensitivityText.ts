import { formatCsv, plotLines, type SensitivityPoint, type SensitivityTable } from '../index.js';
import type { Colours } from './colour.js';
import { heightOf, intactText, plotFacts, pointsTable } from './sweepText.js';

/** Sensitivity curves for people: a table a layer, and the layers of which nothing can go. */
export function sensitivityText(title: string, table: SensitivityTable, colours: Colours): string {
  const tables = [...curvesOf(table)].map(
    ([curve, points]) => `\n${colours.bold(curve)}\n${pointsTable(points, table)}`,
  );
  const refused = table.refused.map(({ layer, reason }) => `\n${layer}: no node of it can go: ${reason}\n`);
  return [colours.bold(title), '\n', intactText(table), '\n', ...tables, ...refused].join('');
}

/** The points of each curve by its name: that of the layers, and with several criteria that of the criterion. */
function curvesOf({ points }: SensitivityTable): ReadonlyMap<string, SensitivityPoint[]> {
  const several = criteriaOf(points).length > 1;
  const curves = new Map<string, SensitivityPoint[]>();
  for (const point of points) {
    const name = several ? `${point.layer}, ${point.criterion}` : point.layer;
    curves.set(name, [...(curves.get(name) ?? []), point]);
  }
  return curves;
}

const criteriaOf = (points: readonly SensitivityPoint[]): string[] => [
  ...new Set(points.map(({ criterion }) => criterion)),
];

const columns = ['criterion', 'layer', 'amount', 'removed', 'parameters', 'macs', 'loss', 'accuracy'] as const;

export const sensitivityCsv = ({ points }: SensitivityTable): string =>
  formatCsv(
    columns,
    points.map((point) => columns.map((column) => point[column])),
  );

/** One curve a layer, as SVG. */
export function sensitivityPlot(name: string, table: SensitivityTable): string {
  const { y, axis } = heightOf(table);
  const lines = [...curvesOf(table)].map(([curve, points]) => ({
    name: curve,
    points: points.map((point) => ({ x: point.amount, y: y(point) })).sort((a, b) => a.x - b.x),
  }));
  const refused = table.refused.map(({ layer, reason }) => `no node of ${layer} can go: ${reason}`);
  return plotLines(lines, {
    title: `Layers of ${name}`,
    subtitles: [`${plotFacts(table)} \u00b7 by ${criteriaOf(table.points).join(', ')}`, ...refused],
    x: { label: `share of the ${table.what} of this layer alone that is gone`, format: 'percent' },
    y: axis,
  });
}
