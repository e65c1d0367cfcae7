import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatCsv, type PngOptions, savePlot } from '../report/index.js';
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

export interface SaveStudyOptions {
  /** Figures as PNG too, drawn so; default null: as SVG alone. */
  readonly png?: PngOptions | null;
}

/**
 * Saves a report in a folder, which is made if it is not there. Each file appears when it is complete.
 *
 * @throws SecateurError ERR_IO if the folder cannot be written to; with `png` as `renderPng`.
 */
export async function saveStudy(
  report: StudyReport,
  folder: string,
  { png = null }: SaveStudyOptions = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name, content } of studyFiles(report)) await writeFileAtomic(join(folder, name), content);
  if (png === null) return;
  for (const { name, content } of figuresOf(report)) {
    await savePlot(join(folder, name.replace(/svg$/, 'png')), content, png);
  }
}

/** The figures among a report's files. */
export const figuresOf = ({ files }: StudyReport): StudyFile[] => files.filter(({ name }) => name.endsWith('.svg'));
