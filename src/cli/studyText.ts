import {
  type ComparedCell,
  comparisonCsv,
  formatDuration,
  formatNumber,
  formatTable,
  type StudyEvent,
  type StudyReport,
  type StudyTable,
} from '../index.js';
import type { Colours } from './colour.js';
import type { Context } from './context.js';
import type { Presenter } from './output.js';

/** A study for people: its tables as they were published, then the published numbers beside ours. */
export function studyText(colours: Colours): Presenter<StudyEvent, StudyReport> {
  return {
    result: ({ title, source, tables, cells, notes, verdicts }) => {
      const counts = Object.entries(verdicts).flatMap(([verdict, count]) => (count > 0 ? [`${count} ${verdict}`] : []));
      return [
        `${colours.bold(title)} (${source})\n`,
        ...tables.map((table) => tableText(table, colours)),
        comparisonText(cells, colours),
        ...notes.map((note) => `${note}\n`),
        colours.bold(`published numbers: ${counts.join(', ') || 'not comparable'}\n`),
      ].join('');
    },
  };
}

const right = (header: string) => ({ header, align: 'right' as const });

function tableText({ title, headers, rows }: StudyTable, colours: Colours): string {
  const [first = '', ...others] = headers;
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : formatNumber(cell, 4))));
  return `\n${colours.bold(title)}\n${formatTable([{ header: first }, ...others.map(right)], cells)}`;
}

const columns = [
  { header: '' },
  { header: '' },
  ...['published', '+-', 'ours', '+-', 'trials', 'standard errors'].map(right),
  { header: '' },
];

function comparisonText(cells: readonly ComparedCell[], colours: Colours): string {
  const compared = cells.filter(({ published }) => published !== null);
  const tables = [...new Set(compared.map(({ table }) => table))];
  const texts = tables.map((name) => {
    const rows = compared.filter(({ table }) => table === name).map(comparisonRow);
    return `\n${colours.bold(`${name}: published, and ours`)}\n${formatTable(columns, rows)}`;
  });
  return `${texts.join('')}\n`;
}

const comparisonRow = (cell: ComparedCell): (string | number)[] => [
  cell.row,
  cell.column,
  formatNumber(cell.published, 4),
  formatNumber(cell.publishedStd),
  formatNumber(cell.ours, 4),
  formatNumber(cell.std),
  cell.trials,
  cell.standardErrors === null ? '-' : cell.standardErrors.toFixed(1),
  cell.verdict,
];

export const studyCsv = ({ cells }: StudyReport): string => comparisonCsv(cells);

/** Shows on the terminal how far a study is; a line for each trial where nothing is live. */
export function narrateStudy({ progress, note }: Context): (event: StudyEvent) => void {
  let trials = 0;
  return (event) => {
    if (event.type === 'start') trials = event.trials;
    if (event.type === 'trial') note(`${event.trial + 1}/${trials} ${event.label}: ${formatDuration(event.seconds)}`);
    if (event.type !== 'progress') return;
    const { what: label, done, of, eta } = event;
    progress.show({ label, done, of, note: `${formatDuration(eta)} left` });
  };
}
