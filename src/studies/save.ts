import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatCsv } from '../report/index.js';
import { writeFileAtomic } from '../util/atomic.js';
import type { ComparedCell } from './compare.js';
import type { StudyReport } from './runStudy.js';
import type { StudyFile } from './study.js';

/** Headers of the CSV of published numbers beside ours. */
const cellHeaders = [
  'table',
  'row',
  'column',
  'published',
  'publishedStd',
  'ours',
  'std',
  'trials',
  'standardErrors',
  'verdict',
] as const satisfies readonly (keyof ComparedCell)[];

/** The published numbers beside ours, as CSV. */
export const comparisonCsv = (cells: readonly ComparedCell[]): string =>
  formatCsv(
    cellHeaders,
    cells.map((cell) => cellHeaders.map((header) => cell[header])),
  );

/** Every file of a report: the study's own, its tables and the comparison as CSV, and all of it as `report.json`. */
export function studyFiles(report: StudyReport): StudyFile[] {
  const { files, tables, cells } = report;
  return [
    ...files,
    ...tables.map(({ name, headers, rows }) => ({ name: `${name}.csv`, content: formatCsv(headers, rows) })),
    { name: 'comparison.csv', content: comparisonCsv(cells) },
    { name: 'report.json', content: `${JSON.stringify(report, null, 1)}\n` },
  ];
}

/**
 * Saves a report in a folder, which is made if it is not there. Each file appears when it is complete.
 *
 * @throws SecateurError ERR_IO if the folder cannot be written to.
 */
export async function saveStudy(report: StudyReport, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name, content } of studyFiles(report)) await writeFileAtomic(join(folder, name), content);
}
