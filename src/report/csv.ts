import { expectArguments } from '../util/arguments.js';
import type { Cell } from './text.js';

function quote(cell: Cell | null): string {
  const text = cell === null ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const csvRecord = (cells: readonly (Cell | null)[]): string => `${cells.map(quote).join(',')}\n`;

/** Comma-separated values with the quotes of RFC 4180: a line of headers, then a line a row; null is an empty field. */
export function formatCsv(headers: readonly string[], rows: readonly (readonly (Cell | null)[])[]): string {
  expectArguments({ headers, rows });
  return [headers, ...rows].map(csvRecord).join('');
}
