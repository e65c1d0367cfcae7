import {
  type AuditRow,
  type AuditTable,
  type CriterionName,
  classify,
  criteria,
  defaultTolerances,
  formatDuration,
  formatNumber,
  type PointGroup,
  plotScatter,
  plotTiles,
  type ReportDocument,
} from '../index.js';
import { lossUnits } from './options/loss.js';

const factsOf = ({ cut, samples }: AuditTable): string => `nodes cut at ${cut} \u00b7 ${samples} samples`;

/** The criterion whose weakest rank correlation is best comes first. */
function ranked({ rows, layers }: AuditTable): CriterionName[] {
  const weakest = (name: string) => Math.min(...layers.map(({ layer }) => rowOf(rows, name, layer)?.spearman ?? -1));
  return [...new Set(rows.map(({ criterion }) => criterion))].sort((a, b) => weakest(b) - weakest(a));
}

const rowOf = (rows: readonly AuditRow[], name: string, of: string): AuditRow | undefined =>
  rows.find(({ criterion, layer }) => criterion === name && layer === of);

/** The rank correlations of all criteria in all layers, as SVG. */
export function auditPlot(title: string, table: AuditTable): string {
  const rows = ranked(table);
  const columns = table.layers.map(({ layer }) => layer);
  const values = rows.map((name) => columns.map((layer) => rowOf(table.rows, name, layer)?.spearman ?? null));
  const facts = `Spearman's rank correlation with exact ablation \u00b7 ${factsOf(table)}`;
  return plotTiles({ rows, columns, values }, { title, subtitles: [facts, table.verdict] });
}

/** Scores of a criterion against what exact ablation found, a panel for each layer that it scores, as SVG. */
function scatter(table: AuditTable, name: CriterionName): string {
  const unit = lossUnits[table.lossName];
  const panels = table.layers.flatMap(({ layer, worths }) => {
    const own = rowOf(table.rows, name, layer);
    if (own === undefined) return [];
    const groups = groupsOf(layer, own.scores, worths);
    return [{ x: { label: `${name}, ${layer}` }, y: { label: `\u2212change (${unit})` }, groups }];
  });
  const better = `nodes to keep have ${criteria[name].keep} scores and a high \u2212change`;
  return plotScatter(panels, { title: `${name} against exact ablation`, subtitles: [better, factsOf(table)] });
}

/** All three in each panel, so that colours mean the same everywhere. */
const classes = ['important', 'zero', 'worse'] as const;

function groupsOf(layer: string, scores: readonly number[], worths: readonly number[]): PointGroup[] {
  const points = worths.map((worth, node) => ({
    x: scores[node]!,
    y: worth,
    says: `${layer} ${node}: ${formatNumber(scores[node]!)}, ${formatNumber(worth)}`,
    class: classify(0 - worth, defaultTolerances),
  }));
  return classes.map((name) => ({ name, points: points.filter((point) => point.class === name) }));
}

const measures = ['spearman', 'kendall', 'overlap10', 'overlap25', 'overlap50', 'wrongSign', 'seconds'] as const;

/** The HTML report of an audit: the correlations, every criterion's scores against ablation, and both as tables. */
export function auditDocument(title: string, table: AuditTable): ReportDocument {
  const { engine, ablationSeconds, rows, layers, skipped, verdict } = table;
  const names = ranked(table);
  const correlations = { name: 'Rank correlations', svg: auditPlot(title, table) };
  return {
    title,
    lead: verdict,
    facts: [
      ['exact ablation', `${factsOf(table)} \u00b7 ${formatDuration(ablationSeconds)}`],
      ['engine', engine],
    ],
    notes: skipped.map(({ reason }) => `left out: ${reason}`),
    tables: [
      {
        title: 'Criteria',
        headers: ['criterion', 'layer', 'nodes', ...measures],
        rows: rows.map((row) => [row.criterion, row.layer, row.nodes, ...measures.map((key) => row[key])]),
      },
      {
        title: 'Nodes',
        headers: ['layer', 'node', '-change', ...names],
        rows: layers.flatMap(({ layer, worths }) =>
          worths.map((worth, node) => [
            layer,
            node,
            worth,
            ...names.map((name) => rowOf(rows, name, layer)?.scores[node] ?? null),
          ]),
        ),
      },
    ],
    figures:
      names.length === 0
        ? []
        : [correlations, ...names.map((name) => ({ name: `Scores of ${name}`, svg: scatter(table, name) }))],
    data: table,
  };
}
