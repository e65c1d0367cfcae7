import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { categoryScale } from './categories.js';
import {
  type Axis,
  axisHeight,
  boxBelow,
  createFrame,
  drawAxes,
  type Frame,
  figureWidth,
  hint,
  linearScale,
} from './frame.js';
import { header, type Keyed, wrapped } from './header.js';
import { ink, lineColours } from './palette.js';
import { dot } from './shapes.js';
import { svgDocument, svgElement } from './svg.js';
import { formatTick } from './ticks.js';

/** A curve of means with the spread around them; null where there is none. */
export interface Band {
  readonly name: string;
  /** By category. */
  readonly values: readonly ({ readonly mean: number; readonly spread: number } | null)[];
  /** What the others are held against: dashed and without colour. */
  readonly baseline?: boolean;
}

/** What stands around the curves. */
export interface BandsPlotOptions {
  readonly title: string;
  /** Lines below the title. */
  readonly subtitles?: readonly string[];
  /** Names of the categories along the axis. */
  readonly categories: readonly string[];
  readonly x: Axis;
  readonly y: Axis;
  /** Bands are cut off here: no accuracy is above 1. */
  readonly most?: number;
}

/**
 * Curves of means over categories, each in a band of its spread to both sides, as a standalone SVG. The same numbers give
 * the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if there is no point to draw.
 */
export function plotBands(bands: readonly Band[], options: BandsPlotOptions): string {
  expectArguments({ bands, options });
  const { title, subtitles = [], categories, x, y, most = Infinity } = options;
  const drawn = bands.flatMap(({ values }) => values.filter((value) => value !== null));
  if (drawn.length === 0) throw new SecateurError('ERR_ARGUMENT', 'bands: expected at least one point with a number');
  const keys = bands.map((band, i): Keyed => ({ says: band.name, key: keyOf(band, i) }));
  const lines = subtitles.flatMap((line) => wrapped(line, figureWidth));
  const head = header({ title, subtitles: lines, keys, width: figureWidth });
  const ends = drawn.flatMap(({ mean, spread }) => [mean - spread, Math.min(mean + spread, most)]);
  const frame = createFrame(categoryScale(categories), linearScale(ends, 6, y.format), boxBelow(head.height, 280));
  const body = [
    ...drawAxes(frame, x, y),
    ...bands.map((band, i) => shade(band, i, frame, most)),
    ...bands.flatMap((band, i) => curve(band, i, frame, options)),
  ];
  return svgDocument({ width: figureWidth, height: frame.bottom + axisHeight }, [...head.markup, ...body], title);
}

const colourOf = ({ baseline = false }: Band, index: number): string =>
  baseline ? ink.soft : lineColours[index % lineColours.length]!;

const strokeOf = (band: Band, index: number): Record<string, string | number> => ({
  stroke: colourOf(band, index),
  'stroke-width': 2,
  ...(band.baseline ? { 'stroke-dasharray': '6 4' } : {}),
});

/** Runs of categories that have numbers. */
function stretches({ values }: Band): number[][] {
  const runs: number[][] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    if (i === 0 || values[i - 1] === null) runs.push([]);
    runs.at(-1)!.push(i);
  }
  return runs;
}

function shade(band: Band, index: number, frame: Frame, most: number): string {
  const at = (i: number, side: 1 | -1): string => {
    const { mean, spread } = band.values[i]!;
    return `${frame.x(i)},${frame.y(Math.min(mean + side * spread, most))}`;
  };
  const areas = stretches(band).map(
    (run) =>
      `M${run.map((i) => at(i, 1)).join('L')}L${run
        .toReversed()
        .map((i) => at(i, -1))
        .join('L')}Z`,
  );
  return svgElement('path', { d: areas.join(''), fill: colourOf(band, index), 'fill-opacity': 0.15 });
}

function curve(band: Band, index: number, frame: Frame, { categories, y }: BandsPlotOptions): string[] {
  const place = (i: number): string => `${frame.x(i)},${frame.y(band.values[i]!.mean)}`;
  const d = stretches(band).map((run) => `M${run.map(place).join('L')}`);
  const line = svgElement('path', { d: d.join(''), fill: 'none', ...strokeOf(band, index) });
  const dots = stretches(band)
    .flat()
    .map((i) => {
      const { mean, spread } = band.values[i]!;
      const [says, around] = [mean, spread].map((value) => formatTick(value, y.format ?? 'number'));
      const content = hint(`${band.name}: ${says} \u00b1 ${around} at ${categories[i]}`);
      const [cx, cy] = [frame.x(i), frame.y(mean)];
      return band.baseline
        ? svgElement('circle', { cx, cy, r: 2, fill: ink.soft }, content)
        : dot(index, cx, cy, content);
    });
  return [line, ...dots];
}

const keyOf =
  (band: Band, index: number) =>
  (x: number, y: number): string =>
    svgElement('line', { x1: x, x2: x + 24, y1: y, y2: y, ...strokeOf(band, index) }) +
    (band.baseline ? '' : dot(index, x + 12, y));
