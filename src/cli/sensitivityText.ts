import { formatCsv, plotLines, type SensitivityTable } from '../index.js';
import type { Colours } from './colour.js';
import { heightOf, intactText, plotFacts, pointsTable } from './sweepText.js';

/** Sensitivity curves for people: a table a layer, and the layers of which nothing can go. */
export function sensitivityText(title: string, table: SensitivityTable, colours: Colours): string {
  const tables = layersOf(table).map((layer) => {
    const points = table.points.filter((point) => point.layer === layer);
    return `\n${colours.bold(layer)}\n${pointsTable(points, table)}`;
  });
  const refused = table.refused.map(({ layer, reason }) => `\n${layer}: no node of it can go: ${reason}\n`);
  return [colours.bold(title), '\n', intactText(table), '\n', ...tables, ...refused].join('');
}

const layersOf = ({ points }: SensitivityTable): string[] => [...new Set(points.map(({ layer }) => layer))];

const columns = ['criterion', 'layer', 'amount', 'removed', 'parameters', 'macs', 'loss', 'accuracy'] as const;

export const sensitivityCsv = ({ points }: SensitivityTable): string =>
  formatCsv(
    columns,
    points.map((point) => columns.map((column) => point[column])),
  );

/** One curve a layer, as SVG. */
export function sensitivityPlot(name: string, table: SensitivityTable): string {
  const { y, axis } = heightOf(table);
  const lines = layersOf(table).map((layer) => ({
    name: layer,
    points: table.points
      .filter((point) => point.layer === layer)
      .map((point) => ({ x: point.amount, y: y(point) }))
      .sort((a, b) => a.x - b.x),
  }));
  const refused = table.refused.map(({ layer, reason }) => `no node of ${layer} can go: ${reason}`);
  return plotLines(lines, {
    title: `Layers of ${name}`,
    subtitles: [`${plotFacts(table)} \u00b7 by ${table.points[0]?.criterion}`, ...refused],
    x: { label: 'share of the nodes of this layer alone that is gone', format: 'percent' },
    y: axis,
  });
}
