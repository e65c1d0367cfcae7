import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { ink } from './palette.js';
import { escapeXml, svgDocument, svgElement } from './svg.js';
import { formatNumber } from './text.js';

/** A table of numbers from -1 to 1 to be coloured; null where there is none. */
export interface Tiles {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** By row, then by column. */
  readonly values: readonly (readonly (number | null)[])[];
}

/** What stands above the tiles. */
export interface TilesPlotOptions {
  readonly title: string;
  /** Lines below the title. */
  readonly subtitles?: readonly string[];
}

const margin = 24;
const tile = { width: 92, height: 26 } as const;
const labelWidth = 150;
/** Of letters at the plot's size, about. */
const letterWidth = 7;

/** As many as fit above three columns. */
const mostLetters = 58;

/** The two ends of the scale, of Okabe and Ito's palette; the middle is white. */
const ends = { negative: [213, 94, 0], positive: [0, 114, 178] } as const;

/**
 * Numbers from -1 to 1 as a table of coloured tiles: blue towards 1, white at 0, orange towards -1, each with its number.
 * The same numbers give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if there are no tiles.
 */
export function plotTiles(table: Tiles, options: TilesPlotOptions): string {
  expectArguments({ table, options });
  const { rows, columns, values } = table;
  expectArguments({ columns, points: rows });
  const { title, subtitles: given = [] } = options;
  if (rows.length === 0 || columns.length === 0) {
    throw new SecateurError('ERR_ARGUMENT', 'rows, columns: expected at least one of each');
  }
  const subtitles = given.flatMap(wrapped);
  const top = 70 + 18 * subtitles.length;
  const lines = subtitles.map((line, i) => text(line, { x: margin, y: 54 + 18 * i, fill: ink.soft }));
  const heads = columns.map((column, i) => {
    return text(shortened(column, tile.width), { x: left(i) + tile.width / 2, y: top - 8, 'text-anchor': 'middle' });
  });
  const body = rows.flatMap((row, r) => {
    const y = top + r * tile.height;
    const label = text(shortened(row, labelWidth), { x: margin + labelWidth - 8, y: y + 17, 'text-anchor': 'end' });
    return [label, ...columns.map((_, c) => drawTile(values[r]?.[c] ?? null, left(c), y))];
  });
  const longest = Math.max(title.length * 1.5, ...subtitles.map(({ length }) => length));
  const width = Math.max(left(columns.length), longest * letterWidth + margin) + margin;
  const heading = text(title, { x: margin, y: 34, 'font-size': 18, 'font-weight': 'bold' });
  const height = top + rows.length * tile.height + margin;
  return svgDocument({ width: Math.ceil(width), height }, [heading, ...lines, ...heads, ...body], title);
}

const left = (column: number): number => margin + labelWidth + column * tile.width;

const text = (content: string, attributes: Readonly<Record<string, string | number>>): string =>
  svgElement('text', attributes, escapeXml(content));

function shortened(name: string, width: number): string {
  const letters = Math.floor(width / letterWidth);
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}\u2026`;
}

/** A line cut at spaces into lines of at most so many letters. */
function wrapped(line: string): string[] {
  const lines = [''];
  for (const word of line.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length <= mostLetters) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function drawTile(value: number | null, x: number, y: number): string {
  const size = { width: tile.width - 2, height: tile.height - 2 };
  const fill = value === null ? ink.grid : colourOf(value);
  const deep = value !== null && Math.abs(value) > 0.8;
  const number = text(value === null ? '-' : formatNumber(value, 2), {
    x: x + tile.width / 2,
    y: y + 17,
    'text-anchor': 'middle',
    fill: value === null ? ink.text : deep ? ink.onDeep : ink.onLight,
  });
  return svgElement('rect', { x, y, ...size, rx: 3, fill }) + number;
}

function colourOf(value: number): string {
  const share = Math.min(1, Math.abs(value));
  const end = value < 0 ? ends.negative : ends.positive;
  return `rgb(${end.map((channel) => Math.round(255 + share * (channel - 255))).join(',')})`;
}
