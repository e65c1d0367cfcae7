import {
  describe,
  formatCsv,
  formatDuration,
  formatNumber,
  formatTable,
  type ScoreTable,
  type WeightScoreTable,
} from '../index.js';
import type { Colours } from './colour.js';

/** How many nodes of a layer are named. */
const named = 5;

const right = (headers: readonly string[]) => headers.map((header) => ({ header, align: 'right' as const }));

/** A run for people: for each layer the spread of the scores, and the nodes that the criterion misses least. */
export function scoreText(title: string, table: ScoreTable, colours: Colours): string {
  const { criterion, keep, samples, engine, layers, seconds } = table;
  const basis = samples === null ? 'from the weights alone' : `${samples} samples, engine ${engine}`;
  const columns = [{ header: 'layer' }, ...right(['nodes', 'min', '50%', 'max']), { header: 'first to go' }];
  const rows = layers.map((own) => {
    const { count, min, '50%': median, max } = describe(own.scores);
    return [own.layer, count, formatNumber(min), formatNumber(median), formatNumber(max), leastWorth(own, keep)];
  });
  const count = layers.reduce((sum, { scores }) => sum + scores.length, 0);
  const head = `${colours.bold(title)}\n${criterion}: ${keep} scores are worth keeping; ${basis}\n\n`;
  return `${head}${formatTable(columns, rows)}${keptText(table)}${count} nodes in ${formatDuration(seconds)}\n`;
}

/** What came to each layer that relevance passed, on the mean over the samples, and what became of it. */
function keptText({ conservation = [] }: ScoreTable): string {
  if (conservation.length === 0) return '';
  const columns = [{ header: 'relevance through' }, { header: 'rule' }, ...right(['received', 'handed on', 'dead'])];
  const rows = conservation.map(({ layer, rule, received, handed, dead, conserves }) => [
    layer,
    conserves ? `${rule}, conserves` : rule,
    formatNumber(received),
    handed === null ? '' : formatNumber(handed),
    dead,
  ]);
  return `\n${formatTable(columns, rows)}dead: how often a denominator was 0, so that what came to it was lost\n\n`;
}

type LayerRow = ScoreTable['layers'][number];

/** Estimates with half the width of their intervals of 95 %. */
function leastWorth({ scores, intervals }: LayerRow, keep: 'high' | 'low'): string {
  const sign = keep === 'high' ? 1 : -1;
  const order = [...scores.keys()].sort((a, b) => sign * (scores[a]! - scores[b]!) || a - b);
  const spread = (node: number): string =>
    intervals ? ` \u00b1 ${formatNumber(intervals[node]![1] - scores[node]!, 2)}` : '';
  return order
    .slice(0, named)
    .map((node) => `${node} (${formatNumber(scores[node]!)}${spread(node)})`)
    .join(', ');
}

/** Estimates have three columns more. */
export function scoreCsv({ layers }: ScoreTable): string {
  const isEstimated = layers.some(({ intervals }) => intervals !== undefined);
  return formatCsv(
    ['layer', 'node', 'score', ...(isEstimated ? ['standardError', 'low', 'high'] : [])],
    layers.flatMap(({ layer, scores, standardErrors, intervals }) =>
      scores.map((score, node) => [
        layer,
        node,
        score,
        ...(intervals ? [standardErrors![node]!, ...intervals[node]!] : []),
      ]),
    ),
  );
}

/** What was written, a line a kernel. */
export function kernelsText({ criterion, keep, kernels }: WeightScoreTable, path: string): string {
  const columns = [{ header: 'array' }, { header: 'shape' }, ...right(['min', '50%', 'max'])];
  const rows = kernels.map(({ layer, shape, scores }) => {
    const { min, '50%': median, max } = describe(scores);
    return [kernelName(layer), shape.join(' x '), formatNumber(min), formatNumber(median), formatNumber(max)];
  });
  return `${path}: ${criterion} of each weight, ${keep} scores are worth keeping\n\n${formatTable(columns, rows)}`;
}

/** What the scores of a layer's kernel are called in the file. */
export const kernelName = (layer: string): string => `${layer}/kernel`;
