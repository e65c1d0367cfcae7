import {
  type Certificate,
  formatCsv,
  formatIndices,
  formatNumber,
  formatPercent,
  formatTable,
  type Measurement,
  type PlannedNodes,
} from '../index.js';
import type { DocumentView } from './output.js';

/** What pruning commands print. */
export interface PrunedDocument {
  /** Planned nodes: deleted, unless the network was only masked. */
  readonly removed: readonly PlannedNodes[];
  /** Planned weights: 0, where their nodes are left. */
  readonly weights: readonly { readonly layer: string; readonly count: number; readonly of: number }[];
  readonly kept: Certificate['kept'];
  readonly before: Measurement;
  readonly after: Measurement;
  readonly maxAbsDifference: number;
  readonly tolerance: number;
  readonly holds: boolean;
  readonly flips: number | null;
  readonly cut: string;
  readonly model: string | null;
}

export function documentOf(certificate: Certificate, model: string | null): PrunedDocument {
  const { plan, kept, before, after, maxAbsDifference, tolerance, holds, flips } = certificate;
  const largest = Math.max(maxAbsDifference.data ?? 0, maxAbsDifference.random);
  return {
    removed: plan.nodes,
    weights: (plan.weights ?? []).map(({ layer, count, shape }) => {
      return { layer, count, of: shape.reduce((product, n) => product * n, 1) };
    }),
    kept,
    before,
    after,
    maxAbsDifference: largest,
    tolerance,
    holds,
    flips,
    cut: plan.cut,
    model,
  };
}

/** How such a document looks. */
export const prunedView = (type: string, title: string, document: PrunedDocument): DocumentView<PrunedDocument> => ({
  type,
  document,
  text: (shown) => `${title}\n\n${prunedText(shown)}`,
  csv: ({ before, after }) =>
    formatCsv(
      ['figure', 'before', 'after'],
      figures(before, after).map(({ name, values }) => [name, ...values]),
    ),
});

const figures = (before: Measurement, after: Measurement) =>
  (['parameters', 'zeros', 'macs', 'loss', 'accuracy'] as const).map((name) => ({
    name,
    values: [before[name], after[name]],
  }));

const shows: Readonly<Record<string, (value: number) => string>> = { loss: formatNumber, accuracy: formatPercent };

function prunedText({
  removed,
  weights,
  before,
  after,
  maxAbsDifference,
  tolerance,
  holds,
  flips,
  model,
}: PrunedDocument): string {
  const columns = ['', 'before', 'after'].map((header, i) => ({
    header,
    align: i === 0 ? ('left' as const) : ('right' as const),
  }));
  const rows = figures(before, after)
    .filter(({ values }) => values[0] !== null)
    .map(({ name, values }) => [name, ...values.map((value) => (shows[name] ?? String)(value as number))]);
  const nodes = removed.map(({ layer, nodes: own }) => `  ${layer}: ${formatIndices(own)}`);
  const zeros = weights.map(({ layer, count, of }) => `  ${layer}: ${count} of ${of}`);
  const lines = [
    formatTable(columns, rows),
    nodes.length === 0 && zeros.length === 0 ? 'removed: nothing' : [],
    nodes.length === 0 ? [] : `removed:\n${nodes.join('\n')}`,
    zeros.length === 0 ? [] : `weights that are 0:\n${zeros.join('\n')}`,
    flips === null ? [] : `predictions that changed: ${flips}`,
    `masked and pruned outputs differ by at most ${formatNumber(maxAbsDifference)}: ${holds ? 'proven' : 'NOT proven'} (tolerance ${formatNumber(tolerance)})`,
    model === null ? [] : `written: ${model}, ${model}.certificate.json`,
  ];
  return `${lines.flat().join('\n')}\n`;
}
