import {
  type AblationTable,
  formatNumber,
  formatPercent,
  plotChangeHistogram,
  plotNodes,
  type ReportDocument,
} from '../index.js';
import { lossUnits } from './options/loss.js';

interface Tolerances {
  readonly toleranceLow: number;
  readonly toleranceHigh: number;
}

/** What all plots of a run have. */
function plotted(table: AblationTable, { toleranceLow, toleranceHigh }: Tolerances) {
  const { baseline, layers } = table;
  return {
    nodes: layers.flatMap(({ layer, nodes }) => nodes.map((node) => ({ ...node, layer }))),
    subtitle: factsOf(table).join(' \u00b7 '),
    tolerances: { low: toleranceLow, high: toleranceHigh },
    unit: lossUnits[baseline.lossName],
  };
}

function factsOf({ baseline }: AblationTable): string[] {
  const { samples, loss, lossName, accuracy, cut, adaptive } = baseline;
  const right = accuracy === null ? [] : [`accuracy ${formatPercent(accuracy)}`];
  const how = adaptive ? [`classes at ${formatPercent(adaptive.confidence)} confidence`] : [];
  return [`${samples} samples`, `${lossName} ${formatNumber(loss)}`, ...right, `nodes cut at ${cut}`, ...how];
}

/** The nodes plot of a run, as SVG. */
export function ablationPlot(title: string, table: AblationTable, limits: Tolerances): Promise<string> {
  const { nodes, ...options } = plotted(table, limits);
  return plotNodes(nodes, { ...options, title });
}

/** The HTML report of a run: its plots, the classes of each layer, and every node. */
export async function ablationDocument(
  title: string,
  table: AblationTable,
  limits: Tolerances,
): Promise<ReportDocument> {
  const { nodes, ...options } = plotted(table, limits);
  const { baseline, layers } = table;
  const unit = `change (${options.unit})`;
  return {
    title,
    lead: options.subtitle,
    facts: [
      ['engine', baseline.engine],
      ['zero', `changes from ${formatNumber(options.tolerances.low)} to ${formatNumber(options.tolerances.high)}`],
      ['change', 'loss of the intact network less the loss without the node'],
    ],
    notes: [],
    tables: [
      {
        title: 'Layers',
        headers: ['layer', 'nodes', 'important', 'zero', 'worse'],
        rows: layers.map(({ layer, nodes, indices: { important, zero, worse } }) => [
          layer,
          nodes.length,
          ...[important, zero, worse].map((own) => own.length),
        ]),
      },
      {
        title: 'Nodes',
        headers: ['layer', 'node', unit, 'loss', 'accuracy', 'flips', 'class'],
        rows: nodes.map((node) => [
          node.layer,
          node.node,
          node.change,
          node.loss,
          node.accuracy,
          node.flips ?? null,
          node.class,
        ]),
      },
    ],
    figures: [
      {
        name: 'Nodes of each layer, from the most important one to the most harmful',
        svg: await plotNodes(nodes, { ...options, title }),
      },
      {
        name: 'How the changes are spread',
        svg: plotChangeHistogram(nodes, { ...options, title: 'Changes of all nodes' }),
      },
    ],
    data: table,
  };
}
