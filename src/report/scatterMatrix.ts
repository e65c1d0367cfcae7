import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { type Box, createFrame, drawTicks, figureWidth, label, linearScale, type Scale } from './frame.js';
import { header, type Keyed, margin, wrapped } from './header.js';
import { ink } from './palette.js';
import type { ScatterPlotOptions } from './scatterPlot.js';
import { colourOf } from './shapes.js';
import { svgDocument, svgElement } from './svg.js';

/** A table of numbers with a class for each of its rows. */
export interface ClassedTable {
  /** With units. */
  readonly columns: readonly string[];
  /** Each as long as `columns`. */
  readonly rows: readonly (readonly number[])[];
  /** By row. */
  readonly classes: readonly string[];
}

const left = 56;
const gap = 8;

/**
 * Every column of a table against every other one, coloured by class; the diagonal names the columns. A standalone SVG;
 * the same numbers give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT for no rows or fewer than two columns.
 */
export function plotScatterMatrix(table: ClassedTable, options: ScatterPlotOptions): string {
  expectArguments({ table, options });
  const { title, subtitles = [] } = options;
  const { columns, rows } = table;
  expectArguments({ columns, rows });
  if (rows.length === 0 || columns.length < 2) {
    throw new SecateurError('ERR_ARGUMENT', 'table: expected at least one row and two columns');
  }
  const names = [...new Set(table.classes)];
  const keys = names.map(
    (says, i): Keyed => ({
      says,
      key: (x, y) => svgElement('circle', { cx: x + 14, cy: y, r: 4, fill: colourOf(i) }),
    }),
  );
  const lines = subtitles.flatMap((line) => wrapped(line, figureWidth));
  const head = header({ title, subtitles: lines, keys, width: figureWidth });
  const side = (figureWidth - left - margin + gap) / columns.length - gap;
  const scales = columns.map((_, c) =>
    linearScale(
      rows.map((row) => row[c]!),
      3,
    ),
  );
  const boxOf = (r: number, c: number): Box => {
    const [x, y] = [left + c * (side + gap), head.height + 8 + r * (side + gap)];
    return { left: x, right: x + side, top: y, bottom: y + side };
  };
  const cells = columns.flatMap((name, r) =>
    columns.flatMap((_, c) => {
      const frame = boxOf(r, c);
      const border = svgElement('rect', { x: frame.left, y: frame.top, width: side, height: side, ...outline });
      const inside = r === c ? nameIn(frame, name) : dots(table, names, { scales, r, c, box: frame });
      return [border, ...inside, ...edges({ scales, r, c, box: frame })];
    }),
  );
  const height = boxOf(columns.length, 0).top + 28;
  return svgDocument({ width: figureWidth, height }, [...head.markup, ...cells], title);
}

const outline = { fill: 'none', stroke: ink.line } as const;

interface Cell {
  readonly scales: readonly Scale[];
  readonly r: number;
  readonly c: number;
  readonly box: Box;
}

/** A name in the middle, in as many lines as it needs. */
function nameIn({ left, right, top, bottom }: Box, name: string): string[] {
  const lines = wrapped(name, right - left + 2 * margin);
  const first = (top + bottom) / 2 + 4 - 8 * (lines.length - 1);
  return lines.map((line, i) => label(line, (left + right) / 2, first + 16 * i, 'middle', ink.text));
}

/** A path a class: its points are ends of lines of no length, which are round. */
function dots({ rows, classes }: ClassedTable, names: readonly string[], { scales, r, c, box }: Cell): string[] {
  const frame = createFrame(scales[c]!, scales[r]!, box);
  return names.map((name, i) => {
    const own = rows.filter((_, row) => classes[row] === name);
    const d = own.map((row) => `M${frame.x(row[c]!)},${frame.y(row[r]!)}h0`).join('');
    return svgElement('path', { d, stroke: colourOf(i), 'stroke-width': 4, 'stroke-linecap': 'round' });
  });
}

/** Numbers stand at the left of the first column and below the last row, those at the corners left out. */
function edges({ scales, r, c, box }: Cell): string[] {
  const inner = (scale: Scale): Scale => ({
    share: scale.share,
    ticks: scale.ticks.filter(({ at }) => scale.share(at) > 0.05 && scale.share(at) < 0.95),
  });
  const none: Scale = { share: () => 0, ticks: [] };
  const across = r === scales.length - 1 ? inner(scales[c]!) : none;
  const up = c === 0 ? inner(scales[r]!) : none;
  return drawTicks(createFrame(across, up, box), { grid: false });
}
