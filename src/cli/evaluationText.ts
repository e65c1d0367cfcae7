import { type EvaluationResult, formatNumber, formatPercent, formatTable } from '../index.js';

/** The figures of an evaluation for people. */
export function evaluationText({ samples, loss, lossName, accuracy, perClass, engine }: EvaluationResult): string {
  const right = accuracy === null ? '' : `, accuracy ${formatPercent(accuracy)}`;
  const summary = `${samples} samples: ${lossName} ${formatNumber(loss)}${right} (engine ${engine})\n`;
  if (perClass.length === 0) return summary;
  const columns = ['class', 'samples', 'loss', 'accuracy'].map((header) => ({ header, align: 'right' as const }));
  const rows = perClass.map((row) => [row.class, row.samples, formatNumber(row.loss), formatPercent(row.accuracy)]);
  return `${summary}\n${formatTable(columns, rows)}`;
}
