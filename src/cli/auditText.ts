import {
  type AuditEvent,
  type AuditRow,
  type AuditTable,
  formatCsv,
  formatDuration,
  formatNumber,
  formatPercent,
  formatTable,
} from '../index.js';
import type { Colours } from './colour.js';
import type { Context } from './context.js';
import type { Presenter } from './output.js';

/** An audit for people: a table a layer, what was left out, and the verdict. */
export function auditText(title: string, colours: Colours): Presenter<AuditEvent, AuditTable> {
  return {
    result: (table) => {
      const { samples, cut, engine, ablationSeconds, rows, skipped, notices, verdict } = table;
      const exact = `exact ablation: nodes cut at ${cut}, ${samples} samples, engine ${engine}, ${formatDuration(ablationSeconds)}`;
      const layers = [...new Set(rows.map(({ layer }) => layer))];
      const tables = layers.map((layer) =>
        layerText(
          layer,
          rows.filter((row) => row.layer === layer),
          colours,
        ),
      );
      const others = [
        ...skipped.map(({ reason }) => `left out: ${reason}\n`),
        ...notices.map(({ notice }) => `${notice}\n`),
      ];
      return [colours.bold(title), '\n', exact, '\n', ...tables, '\n', ...others, colours.bold(verdict), '\n'].join('');
    },
  };
}

const measures = ['spearman', 'kendall', 'overlap10', 'overlap25', 'overlap50', 'wrongSign'] as const;

/** The best agreement first. */
function layerText(layer: string, rows: readonly AuditRow[], colours: Colours): string {
  const nodes = rows[0]?.nodes ?? 0;
  const heads = ['spearman', 'kendall', 'lowest 10 %', '25 %', '50 %', 'wrong sign', 'seconds'];
  const columns = [{ header: 'criterion' }, ...heads.map((header) => ({ header, align: 'right' as const }))];
  const sorted = [...rows].sort((a, b) => (b.spearman ?? -2) - (a.spearman ?? -2));
  const cells = sorted.map((row) => [
    row.criterion,
    formatNumber(row.spearman, 2),
    formatNumber(row.kendall, 2),
    ...[row.overlap10, row.overlap25, row.overlap50, row.wrongSign].map((share) => wholePercent(share)),
    formatNumber(row.seconds, 2),
  ]);
  return `\n${colours.bold(layer)}, ${nodes} nodes\n${formatTable(columns, cells)}`;
}

const wholePercent = (share: number | null): string => (share === null ? '-' : `${Math.round(100 * share)} %`);

export const auditCsv = ({ rows }: AuditTable): string =>
  formatCsv(
    ['criterion', 'layer', 'nodes', ...measures, 'seconds'],
    rows.map((row) => [row.criterion, row.layer, row.nodes, ...measures.map((key) => row[key]), row.seconds]),
  );

/** Shows on the terminal how far an audit is. */
export function narrateAudit({ progress, note }: Context): (event: AuditEvent) => void {
  return (event) => {
    if (event.type === 'start' && event.notice) note(`notice: ${event.notice}`);
    if (event.type === 'skipped') note(`notice: left out: ${event.reason}`);
    if (event.type === 'notice') note(`notice: ${event.notice}`);
    if (event.type !== 'progress') return;
    const { what: label, done, of } = event;
    progress.show({ label, done, of, note: formatPercent(done / of) });
  };
}
