import type { Cell, ReportDocument, ReportTable } from '../report/index.js';
import { expectArguments } from '../util/arguments.js';
import type { ComparedCell } from './compare.js';
import type { StudyReport } from './runStudy.js';
import { figuresOf } from './save.js';
import type { StudySettings } from './study.js';

/** What the HTML report of a study shows: its findings, figures and tables, the published numbers beside ours first. */
export function studyDocument(report: StudyReport): ReportDocument {
  expectArguments({ report });
  const { title, source, study, settings, cells, tables, notes, verdicts, schemaVersion } = report;
  return {
    title,
    lead: `A published study (${source}), repeated with Secateur: ${study}`,
    facts: [...settingFacts(settings, report), ['published numbers', countsOf(verdicts)]],
    notes,
    tables: [...comparisons(cells), ...tables],
    figures: figuresOf(report).map(({ name, content }) => ({ name, svg: content })),
    data: { schemaVersion, study, title, source, settings, verdicts, cells, tables, notes },
  };
}

function settingFacts(
  { quick, asPublished, seed, options }: StudySettings,
  { trials }: StudyReport,
): [string, string][] {
  return [
    ['trials', String(trials.length)],
    ['seed', String(seed)],
    ['scale', quick ? 'quick, on embedded data' : 'as published'],
    // Who names variants has said which.
    ...('variants' in options ? [] : [quirks(asPublished)]),
    ...Object.entries(options).map(([name, value]): [string, string] => [name, [value].flat().join(', ')]),
  ];
}

const quirks = (asPublished: boolean): [string, string] => [
  'quirks of the publication',
  asPublished ? 'reproduced' : 'corrected',
];

const countsOf = (verdicts: StudyReport['verdicts']): string => {
  const counts = Object.entries(verdicts).flatMap(([verdict, count]) => (count > 0 ? [`${count} ${verdict}`] : []));
  return counts.join(', ') || 'not comparable';
};

const headers = [
  '',
  'number',
  'published',
  '\u00b1',
  'ours',
  '\u00b1',
  'trials',
  'standard errors',
  'verdict',
] as const;

function comparisons(cells: readonly ComparedCell[]): ReportTable[] {
  const compared = cells.filter(({ published }) => published !== null);
  return [...new Set(compared.map(({ table }) => table))].map((name) => ({
    title: `Published and ours: ${name}`,
    headers,
    rows: compared.filter(({ table }) => table === name).map(comparedRow),
  }));
}

const comparedRow = (cell: ComparedCell): (Cell | null)[] => [
  cell.row,
  cell.column,
  cell.published,
  cell.publishedStd,
  cell.ours,
  cell.std,
  cell.trials,
  cell.standardErrors,
  cell.verdict,
];
