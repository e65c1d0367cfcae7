import { SecateurError } from '../util/errors.js';
import { header, type Keyed, margin, wrapped } from './header.js';
import { ink, lineColours } from './palette.js';
import { escapeXml, svgDocument, svgElement } from './svg.js';
import { type AxisFormat, formatTick, type Range, roundRange } from './ticks.js';

/** A curve; where `y` is null it has a gap. */
export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
}

/** What an axis says, and how its numbers are written. */
export interface Axis {
  readonly label: string;
  /** Default `number`. */
  readonly format?: AxisFormat;
}

/** Something to be pointed at: a vertical line where `x` alone is given, a horizontal one for `y`, a ring for both. */
export interface Mark {
  readonly x?: number;
  readonly y?: number;
  readonly says: string;
}

/** What stands around the lines of a plot. */
export interface LinesPlotOptions {
  readonly title: string;
  /** Lines below the title. */
  readonly subtitles?: readonly string[];
  readonly x: Axis;
  readonly y: Axis;
  readonly marks?: readonly Mark[];
}

const width = 640;
const area = { left: 68, right: width - 28, height: 300 } as const;
/** With more points than this the dots would hide the line. */
const mostDots = 60;

/** A place in the data as a place in the picture. */
interface Scales {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly top: number;
  readonly ticks: { readonly x: readonly number[]; readonly y: readonly number[] };
}

/**
 * Curves over one pair of axes as a standalone SVG that can be read at 400 pixels, told apart by colour, shape and dash.
 * The same numbers give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if there is no point to draw.
 */
export function plotLines(lines: readonly Line[], options: LinesPlotOptions): string {
  const { title, subtitles = [], marks = [] } = options;
  const keys = lines.length > 1 ? lines.map(({ name }, i): Keyed => ({ says: name, key: keyOf(i) })) : [];
  const head = header({ title, subtitles: subtitles.flatMap((line) => wrapped(line, width)), keys, width });
  const scales = scalesOf(lines, marks, head.height + 26);
  const body = [...axes(options, scales), ...lines.flatMap((line, i) => curve(line, i, scales))];
  const pointed = marks.map((mark) => drawMark(mark, scales));
  const height = scales.top + area.height + 52;
  return svgDocument({ width, height }, [...head.markup, ...body, ...pointed], title);
}

function scalesOf(lines: readonly Line[], marks: readonly Mark[], top: number): Scales {
  const drawn = lines.flatMap(({ points }) => points.filter(({ x, y }) => y !== null && Number.isFinite(x + y)));
  if (drawn.length === 0) throw new SecateurError('ERR_ARGUMENT', 'lines: expected at least one point with a number');
  const x = rangeOf([...drawn.map((point) => point.x), ...marks.flatMap((mark) => mark.x ?? [])], 8);
  const y = rangeOf([...drawn.map((point) => point.y as number), ...marks.flatMap((mark) => mark.y ?? [])], 6);
  const share = ({ low, high }: Range, value: number): number => (value - low) / (high - low);
  return {
    x: (value) => rounded(area.left + share(x, value) * (area.right - area.left)),
    y: (value) => rounded(top + (1 - share(y, value)) * area.height),
    top,
    ticks: { x: x.ticks, y: y.ticks },
  };
}

/** From the round number below the least value to the one above the most. */
function rangeOf(values: readonly number[], about: number): Range {
  const [least, most] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity] as const);
  const pad = most > least ? 0 : Math.abs(most) / 10 || 1;
  return roundRange(least - pad, most + pad, about);
}

const rounded = (value: number): number => Number(value.toFixed(2));

function axes({ x, y }: LinesPlotOptions, scales: Scales): string[] {
  const bottom = scales.top + area.height;
  const across = scales.ticks.y.map((tick) => {
    const at = scales.y(tick);
    const line = svgElement('line', { x1: area.left, x2: area.right, y1: at, y2: at, stroke: ink.grid });
    return line + label(formatTick(tick, y.format ?? 'number'), area.left - 8, at + 4, 'end');
  });
  const below = scales.ticks.x.map((tick) => {
    const at = scales.x(tick);
    const line = svgElement('line', { x1: at, x2: at, y1: bottom, y2: bottom + 5, stroke: ink.line });
    return line + label(formatTick(tick, x.format ?? 'number'), at, bottom + 19, 'middle');
  });
  const base = svgElement('line', { x1: area.left, x2: area.right, y1: bottom, y2: bottom, stroke: ink.line });
  const names = [
    label(y.label, margin, scales.top - 14, 'start'),
    label(x.label, (area.left + area.right) / 2, bottom + 40, 'middle'),
  ];
  return [...across, ...below, base, ...names];
}

const label = (text: string, x: number, y: number, anchor: 'start' | 'middle' | 'end', fill: string = ink.soft) =>
  svgElement('text', { x, y, fill, 'text-anchor': anchor }, escapeXml(text));

/** Curves on each other still show: the later ones are dashed, and their dots have other shapes. */
function curve({ points }: Line, index: number, scales: Scales): string[] {
  const { colour, dash } = looksOf(index);
  const at = points.map(({ x, y }) => (y === null ? null : ([scales.x(x), scales.y(y)] as const)));
  const path = at.map((place, i) => (place === null ? '' : `${at[i - 1] ? 'L' : 'M'}${place[0]},${place[1]}`)).join('');
  const stroke = { fill: 'none', stroke: colour, 'stroke-width': 2, 'stroke-linejoin': 'round' };
  const line = svgElement('path', { d: path, ...stroke, ...(dash === '' ? {} : { 'stroke-dasharray': dash }) });
  const dots = at.length > mostDots ? [] : at.flatMap((place) => (place === null ? [] : dot(index, ...place)));
  return [line, ...dots];
}

const looksOf = (index: number): { readonly colour: string; readonly dash: string } => ({
  colour: lineColours[index % lineColours.length]!,
  dash: ['', '7 4', '2 4'][Math.floor(index / lineColours.length) % 3]!,
});

const shapes: readonly ((x: number, y: number) => string)[] = [
  (x, y) => circlePath(x, y, 3.5),
  (x, y) => `M${x - 3.2},${y - 3.2}h6.4v6.4h-6.4z`,
  (x, y) => `M${x},${y - 4.2}l4.2,7.2h-8.4z`,
  (x, y) => `M${x},${y - 4.6}l4.6,4.6l-4.6,4.6l-4.6,-4.6z`,
];

const circlePath = (x: number, y: number, r: number): string =>
  `M${x - r},${y}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`;

const dot = (index: number, x: number, y: number): string =>
  svgElement('path', { d: tidy(shapes[index % shapes.length]!(x, y)), fill: looksOf(index).colour });

const tidy = (path: string): string => path.replace(/-?\d+\.\d+/g, (number) => String(rounded(Number(number))));

/** What stands for a curve in the legend: a stroke with its dot. */
function keyOf(index: number): (x: number, y: number) => string {
  const { colour, dash } = looksOf(index);
  return (x, y) =>
    svgElement('line', {
      x1: x,
      x2: x + 24,
      y1: y,
      y2: y,
      stroke: colour,
      'stroke-width': 2,
      ...(dash === '' ? {} : { 'stroke-dasharray': dash }),
    }) + dot(index, x + 12, y);
}

function drawMark({ x, y, says }: Mark, scales: Scales): string {
  const bottom = scales.top + area.height;
  const stroke = { stroke: ink.text, 'stroke-width': 1, 'stroke-dasharray': '4 3' };
  if (x !== undefined && y !== undefined) {
    const [cx, cy] = [scales.x(x), scales.y(y)];
    const ring = svgElement('circle', { cx, cy, r: 8, fill: 'none', stroke: ink.text, 'stroke-width': 1.5 });
    return ring + pointedAt(says, cx, cy - 14);
  }
  if (x !== undefined) {
    const at = scales.x(x);
    const line = svgElement('line', { x1: at, x2: at, y1: scales.top, y2: bottom, ...stroke });
    return line + pointedAt(says, at, scales.top - 4);
  }
  const at = scales.y(y ?? 0);
  const line = svgElement('line', { x1: area.left, x2: area.right, y1: at, y2: at, ...stroke });
  return line + halo(says, area.left + 6, at + 16, 'start');
}

/** A name beside a place, on the side where there is room. */
function pointedAt(says: string, x: number, y: number): string {
  const right = x > (area.left + area.right) / 2;
  return halo(says, x + (right ? 4 : -4), y, right ? 'end' : 'start');
}

/** Text that can be read on top of curves. */
const halo = (text: string, x: number, y: number, anchor: 'start' | 'end'): string =>
  svgElement(
    'text',
    { x, y, stroke: ink.background, 'stroke-width': 4, 'stroke-linejoin': 'round', 'text-anchor': anchor },
    escapeXml(text),
  ) + label(text, x, y, anchor, ink.text);
