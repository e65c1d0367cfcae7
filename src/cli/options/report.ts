import type { Command } from 'commander';
import { expectWritable, formatReport, type ReportDocument, writeFileAtomic } from '../../index.js';
import { withFile } from '../output.js';
import { type PlotFlags, withPlot } from './plot.js';

export interface ReportFlags {
  readonly report?: string;
}

/** A page besides the results. */
export const addReportOption = (command: Command): Command =>
  command.option('--report <FILE.html>', 'everything as one page that needs nothing else');

/** @throws SecateurError ERR_IO for a report that could not be written: before the work, not after it. */
export async function expectReport({ report }: ReportFlags): Promise<void> {
  if (report !== undefined) await expectWritable(report);
}

/** Writes the page, if one was asked for, then does the rest; if that fails, there is what was there before. */
export async function withReport(
  { report }: ReportFlags,
  document: () => ReportDocument | Promise<ReportDocument>,
  rest: () => Promise<void>,
): Promise<void> {
  await withFile(report, async (path) => writeFileAtomic(path, await formatReport(await document())), rest);
}

/** Both, for commands that have both; if one of them or the rest fails, there is what was there before. */
export const withPlotAndReport = (
  flags: PlotFlags & ReportFlags,
  draw: () => string | Promise<string>,
  document: () => ReportDocument | Promise<ReportDocument>,
  rest: () => Promise<void>,
): Promise<void> => withPlot(flags, draw, () => withReport(flags, document, rest));
