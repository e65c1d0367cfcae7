import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import {
  type Axis,
  axisHeight,
  boxBelow,
  createFrame,
  drawAxes,
  type Frame,
  figureWidth,
  halo,
  hint,
  linearScale,
  rounded,
} from './frame.js';
import { header, type Keyed, wrapped } from './header.js';
import { ink, lineColours } from './palette.js';
import { colourOf, dot } from './shapes.js';
import { svgDocument, svgElement } from './svg.js';
import { formatTick } from './ticks.js';

/** A curve; where `y` is null it has a gap. */
export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
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

/** With more points than this the dots would hide the line. */
const mostDots = 60;

/**
 * Curves over one pair of axes as a standalone SVG that can be read at 400 pixels, told apart by colour, shape and dash.
 * The same numbers give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if there is no point to draw.
 */
export function plotLines(lines: readonly Line[], options: LinesPlotOptions): string {
  expectArguments({ lines, options });
  const { title, subtitles = [], marks = [], x, y } = options;
  const width = figureWidth;
  const keys = lines.length > 1 ? lines.map(({ name }, i): Keyed => ({ says: name, key: keyOf(i) })) : [];
  const head = header({ title, subtitles: subtitles.flatMap((line) => wrapped(line, width)), keys, width });
  const frame = frameOf(lines, options, head.height);
  const body = [...drawAxes(frame, x, y), ...lines.flatMap((line, i) => curve(line, i, frame, options))];
  const pointed = marks.map((mark) => drawMark(mark, frame));
  return svgDocument({ width, height: frame.bottom + axisHeight }, [...head.markup, ...body, ...pointed], title);
}

function frameOf(lines: readonly Line[], { marks = [], x, y }: LinesPlotOptions, top: number): Frame {
  const drawn = lines.flatMap(({ points }) => points.filter(({ x, y }) => y !== null && Number.isFinite(x + y)));
  if (drawn.length === 0) throw new SecateurError('ERR_ARGUMENT', 'lines: expected at least one point with a number');
  const across = [...drawn.map((point) => point.x), ...marks.flatMap((mark) => mark.x ?? [])];
  const up = [...drawn.map((point) => point.y as number), ...marks.flatMap((mark) => mark.y ?? [])];
  return createFrame(linearScale(across, 8, x.format), linearScale(up, 6, y.format), boxBelow(top, 280));
}

/** Curves on each other still show: the later ones are dashed, and their dots have other shapes. */
function curve({ name, points }: Line, index: number, frame: Frame, { x, y }: LinesPlotOptions): string[] {
  const { colour, dash } = looksOf(index);
  const at = points.map((point) => (point.y === null ? null : ([frame.x(point.x), frame.y(point.y)] as const)));
  const path = at.map((place, i) => (place === null ? '' : `${at[i - 1] ? 'L' : 'M'}${place[0]},${place[1]}`)).join('');
  const stroke = { fill: 'none', stroke: colour, 'stroke-width': 2, 'stroke-linejoin': 'round' };
  const line = svgElement('path', { d: path, ...stroke, ...(dash === '' ? {} : { 'stroke-dasharray': dash }) });
  const says = (i: number): string => {
    const point = points[i]!;
    return `${name}: ${formatTick(point.y ?? 0, y.format)} at ${formatTick(point.x, x.format)}`;
  };
  const long = at.length > mostDots;
  const every = Math.ceil(at.length / mostDots);
  const dots = at.flatMap((place, i) => {
    if (place === null || i % every > 0) return [];
    return long ? [unseen(...place, says(i))] : [dot(index, ...place, hint(says(i)))];
  });
  return [line, ...dots];
}

/** Where a curve without dots tells its numbers. */
const unseen = (cx: number, cy: number, says: string): string =>
  svgElement('circle', { cx, cy, r: 5, fill: 'none', 'pointer-events': 'all' }, hint(says));

const looksOf = (index: number): { readonly colour: string; readonly dash: string } => ({
  colour: colourOf(index),
  dash: ['', '7 4', '2 4'][Math.floor(index / lineColours.length) % 3]!,
});

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

function drawMark({ x, y, says }: Mark, frame: Frame): string {
  const { left, right, top, bottom } = frame;
  const stroke = { stroke: ink.text, 'stroke-width': 1, 'stroke-dasharray': '4 3' };
  if (x !== undefined && y !== undefined) {
    const [cx, cy] = [frame.x(x), frame.y(y)];
    const ring = svgElement('circle', { cx, cy, r: 8, fill: 'none', stroke: ink.text, 'stroke-width': 1.5 });
    return ring + pointedAt(says, cx, cy - 14, frame);
  }
  if (x !== undefined) {
    const at = frame.x(x);
    const line = svgElement('line', { x1: at, x2: at, y1: top, y2: bottom, ...stroke });
    return line + pointedAt(says, at, top - 4, frame);
  }
  const at = frame.y(y ?? 0);
  const line = svgElement('line', { x1: left, x2: right, y1: at, y2: at, ...stroke });
  return line + halo(says, left + 6, at + 16, 'start');
}

/** A name beside a place, on the side where there is room. */
function pointedAt(says: string, x: number, y: number, { left, right }: Frame): string {
  const before = x > (left + right) / 2;
  return halo(says, rounded(x + (before ? 4 : -4)), y, before ? 'end' : 'start');
}
