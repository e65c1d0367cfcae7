import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import {
  type Axis,
  axisHeight,
  type Box,
  boxBelow,
  createFrame,
  drawAxes,
  figureWidth,
  hint,
  linearScale,
} from './frame.js';
import { header, type Keyed, wrapped } from './header.js';
import { classColour } from './palette.js';
import { dot } from './shapes.js';
import { svgDocument } from './svg.js';
import { formatTick } from './ticks.js';

/** Points of one class. */
export interface PointGroup {
  readonly name: string;
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    /** What is told of a point while it is pointed at; default its numbers. */
    readonly says?: string;
  }[];
}

/** One pair of axes with points on it. */
export interface ScatterPanel {
  readonly x: Axis;
  readonly y: Axis;
  readonly groups: readonly PointGroup[];
}

/** What stands around the points. */
export interface ScatterPlotOptions {
  readonly title: string;
  /** Lines below the title. */
  readonly subtitles?: readonly string[];
}

const heights = { alone: 300, beside: 190 } as const;

/**
 * Points on one or several pairs of axes, the groups told apart by colour and shape; groups of the same name look the same
 * in every panel, and those of node classes as in all plots. A standalone SVG; the same numbers give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if a panel has no point with numbers.
 */
export function plotScatter(panels: readonly ScatterPanel[], options: ScatterPlotOptions): string {
  expectArguments({ panels, options });
  const { title, subtitles = [] } = options;
  if (panels.length === 0) throw new SecateurError('ERR_ARGUMENT', 'panels: expected at least one');
  const names = [...new Set(panels.flatMap(({ groups }) => groups.map(({ name }) => name)))];
  const keys = names.map((name, i): Keyed => ({ says: name, key: (x, y) => dot(i, x + 14, y, '', classColour(name)) }));
  const head = header({
    title,
    subtitles: subtitles.flatMap((line) => wrapped(line, figureWidth)),
    keys: names.length > 1 ? keys : [],
    width: figureWidth,
  });
  const boxes = placePanels(panels.length, head.height);
  const drawn = panels.flatMap((panel, i) => drawPanel(panel, boxes[i]!, names));
  const height = Math.max(...boxes.map(({ bottom }) => bottom)) + axisHeight;
  return svgDocument({ width: figureWidth, height }, [...head.markup, ...drawn], title);
}

/** One panel takes the whole width, several stand two and two. */
function placePanels(count: number, top: number): Box[] {
  if (count === 1) return [boxBelow(top, heights.alone)];
  const { left, right } = boxBelow(top, heights.beside);
  const width = (right - 2 * left) / 2;
  return Array.from({ length: count }, (_, i) => {
    const from = i % 2 === 0 ? left : right - width;
    const box = boxBelow(top + Math.floor(i / 2) * (heights.beside + axisHeight + 20), heights.beside);
    return { ...box, left: from, right: from + width };
  });
}

function drawPanel({ x, y, groups }: ScatterPanel, box: Box, names: readonly string[]): string[] {
  const points = groups.flatMap((group) => group.points.filter((point) => Number.isFinite(point.x + point.y)));
  if (points.length === 0) throw new SecateurError('ERR_ARGUMENT', 'panels: expected at least one point in each');
  const about = box.right - box.left > figureWidth / 2 ? 8 : 4;
  const frame = createFrame(
    linearScale(
      points.map((point) => point.x),
      about,
      x.format,
    ),
    linearScale(
      points.map((point) => point.y),
      5,
      y.format,
    ),
    box,
  );
  const drawn = groups.flatMap(({ name, points }) =>
    points.flatMap((point) => {
      if (!Number.isFinite(point.x + point.y)) return [];
      const says = point.says ?? `${name}: ${formatTick(point.x, x.format)}, ${formatTick(point.y, y.format)}`;
      return [dot(names.indexOf(name), frame.x(point.x), frame.y(point.y), hint(says), classColour(name))];
    }),
  );
  return [...drawAxes(frame, x, y), ...drawn];
}
