import { stripVTControlCharacters } from 'node:util';
import { expectArguments } from '../util/arguments.js';

/** A column of a table of text. */
export interface Column {
  readonly header: string;
  /** Numbers read best right-aligned. Default `left`. */
  readonly align?: 'left' | 'right';
}

/** What stands in a table: numbers as they are, text as it is. */
export type Cell = string | number;

const widthOf = (text: string): number => stripVTControlCharacters(text).length;

function pad(text: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? space + text : text + space;
}

/**
 * An aligned table of plain text: the headers, a rule, one line a row, each ending in a newline. Cells may carry colour.
 *
 * @example
 * formatTable([{ header: 'layer' }, { header: 'nodes', align: 'right' }], [['dense_1', 128]]);
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  expectArguments({ columns, rows });
  const cells = rows.map((row) => columns.map((_, i) => String(row[i] ?? '')));
  const widths = columns.map(({ header }, i) =>
    Math.max(widthOf(header), ...cells.map((row) => widthOf(row[i] ?? ''))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, i) => pad(text, widths[i] ?? 0, columns[i]?.align))
      .join('  ')
      .trimEnd();
  const head = [line(columns.map(({ header }) => header)), line(widths.map((width) => '-'.repeat(width)))];
  return `${[...head, ...cells.map(line)].join('\n')}\n`;
}

/** Few digits that say enough: `0.0412`, `-1.8e-7`, `60000`; `-` for null. */
export function formatNumber(value: number | null, digits = 3): string {
  expectArguments({ formatted: value });
  if (value === null) return '-';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e12) return String(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(digits - 1);
  return value.toPrecision(Math.max(digits, Math.ceil(Math.log10(size))));
}

/** A share as `98.84 %`; `-` for null. */
export const formatPercent = (share: number | null): string => (share === null ? '-' : `${(100 * share).toFixed(2)} %`);

/** A time span as people say it: `0.07 s`, `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  expectArguments({ seconds });
  if (seconds < 10) return `${seconds.toPrecision(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Ascending indices with runs joined, as `--nodes` takes them: `0-3,7,9-10`. */
export function formatIndices(indices: readonly number[]): string {
  expectArguments({ indices });
  const runs: [from: number, to: number][] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    if (last && last[1] + 1 === index) last[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}
