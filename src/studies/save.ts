import { dirname, join } from 'node:path';
import { formatCsv, type PngOptions, renderPng } from '../report/index.js';
import { expectArguments } from '../util/arguments.js';
import { writeFileAtomic } from '../util/atomic.js';
import { makeFolder } from '../util/folders.js';
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
export function comparisonCsv(cells: readonly ComparedCell[]): string {
  expectArguments({ cells });
  return formatCsv(
    cellHeaders,
    cells.map((cell) => cellHeaders.map((header) => cell[header])),
  );
}

/** Every file of a report: the study's own, its tables and the comparison as CSV, and all of it as `report.json`. */
export function studyFiles(report: StudyReport): StudyFile[] {
  const { tables, cells } = report;
  const files = report.files.filter(({ path }) => path === undefined);
  return [
    ...files,
    ...tables.map(({ name, headers, rows }) => ({ name: `${name}.csv`, content: formatCsv(headers, rows) })),
    { name: 'comparison.csv', content: comparisonCsv(cells) },
    { name: 'report.json', content: `${JSON.stringify({ ...report, files }, null, 1)}\n` },
  ];
}

/** How a study's report is saved. */
export interface SaveStudyOptions {
  /** Figures as PNG too, drawn so; default null: as SVG alone. */
  readonly png?: PngOptions | null;
}

/**
 * Saves a report in a folder, which is made if it is not there, and the files that have a place of their own. Each file
 * appears when it is complete.
 *
 * @param folder null for only those with a place of their own.
 * @throws SecateurError ERR_IO if a folder cannot be written to; with `png` as `renderPng`.
 */
export async function saveStudy(
  report: StudyReport,
  folder: string | null,
  options: SaveStudyOptions = {},
): Promise<void> {
  expectArguments(folder === null ? { report, options } : { report, folder, options });
  const { png = null } = options;
  const own = report.files.flatMap(({ path, content }) => (path === undefined ? [] : [{ path, content }]));
  const all = folder === null ? [] : studyFiles(report);
  const placed = all.map(({ name, content }) => ({ path: join(folder ?? '', name), content }));
  for (const { path, content } of [...placed, ...own]) {
    await makeFolder(dirname(path));
    await writeFileAtomic(path, content);
  }
  if (png === null || folder === null) return;
  for (const { name, content } of figuresOf(report)) {
    await writeFileAtomic(join(folder, name.replace(/svg$/, 'png')), await renderPng(content, png));
  }
}

/** The figures among a report's files. */
export const figuresOf = ({ files }: StudyReport): StudyFile[] => files.filter(({ name }) => name.endsWith('.svg'));
