import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { categoryScale } from './categories.js';
import { describe } from './describe.js';
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
  rounded,
} from './frame.js';
import { header, type Keyed, wrapped } from './header.js';
import { ink, lineColours } from './palette.js';
import { svgDocument, svgElement } from './svg.js';
import { formatTick } from './ticks.js';

/** Numbers of one kind, by category; each list becomes a box. */
export interface Boxes {
  readonly name: string;
  readonly values: readonly (readonly number[])[];
}

/** What stands around the boxes. */
export interface BoxesPlotOptions {
  readonly title: string;
  /** Lines below the title. */
  readonly subtitles?: readonly string[];
  readonly categories: readonly string[];
  readonly x: Axis;
  readonly y: Axis;
  /** Horizontal lines that boxes are held against. */
  readonly marks?: readonly { readonly y: number; readonly says: string }[];
}

/**
 * Box plots in groups, one a category: the box from the first quartile to the third with the median, whiskers to the last
 * number within 1.5 times the box's height (Tukey), circles for those beyond. A standalone SVG; the same numbers give the
 * same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if there is nothing to draw.
 */
export function plotBoxes(series: readonly Boxes[], options: BoxesPlotOptions): string {
  expectArguments({ series, options });
  const { title, subtitles = [], categories, x, y, marks = [] } = options;
  const all = series.flatMap(({ values }) => values.flat());
  if (all.length === 0) throw new SecateurError('ERR_ARGUMENT', 'series: expected at least one number');
  const keys = [
    ...series.map(({ name }, i): Keyed => ({ says: name, key: keyOf(i) })),
    ...marks.map(({ says }): Keyed => ({ says, key: (from, at) => dashes(from, from + 24, at) })),
  ];
  const lines = subtitles.flatMap((line) => wrapped(line, figureWidth));
  const head = header({ title, subtitles: lines, keys, width: figureWidth });
  const up = linearScale([...all, ...marks.map((mark) => mark.y)], 6, y.format);
  const frame = createFrame(categoryScale(categories), up, boxBelow(head.height, 280));
  const slot = (frame.right - frame.left) / categories.length / (series.length + 1);
  const boxes = series.flatMap(({ name, values }, s) =>
    values.map((own, category) => {
      const at = { centre: frame.x(category) + (s - (series.length - 1) / 2) * slot, width: slot * 0.7 };
      return own.length === 0
        ? ''
        : drawBox(own, at, { colour: colourOf(s), frame, says: `${name}, ${categories[category]}`, y });
    }),
  );
  const held = marks.map((mark) => dashes(frame.left, frame.right, frame.y(mark.y)));
  const body = [...drawAxes(frame, x, y), ...held, ...boxes];
  return svgDocument({ width: figureWidth, height: frame.bottom + axisHeight }, [...head.markup, ...body], title);
}

const colourOf = (index: number): string => lineColours[index % lineColours.length]!;

const keyOf =
  (index: number) =>
  (x: number, y: number): string =>
    svgElement('rect', { x: x + 4, y: y - 6, width: 16, height: 12, ...paint(colourOf(index)) });

const paint = (colour: string): Record<string, string | number> => ({
  fill: colour,
  'fill-opacity': 0.25,
  stroke: colour,
  'stroke-width': 1.5,
});

function drawBox(
  values: readonly number[],
  { centre, width }: { readonly centre: number; readonly width: number },
  {
    colour,
    frame,
    says,
    y,
  }: { readonly colour: string; readonly frame: Frame; readonly says: string; readonly y: Axis },
): string {
  const { '25%': low, '50%': median, '75%': high } = describe(values);
  const reach = 1.5 * (high - low);
  const inside = values.filter((value) => value >= low - reach && value <= high + reach);
  const [least, most] = [Math.min(...inside), Math.max(...inside)];
  const [left, right] = [rounded(centre - width / 2), rounded(centre + width / 2)];
  const line = (from: readonly [number, number], to: readonly [number, number], thick = 1.5): string =>
    svgElement('line', {
      x1: rounded(from[0]),
      y1: from[1],
      x2: rounded(to[0]),
      y2: to[1],
      stroke: colour,
      'stroke-width': thick,
    });
  const [top, bottom] = [frame.y(high), frame.y(low)];
  const text = [least, low, median, high, most].map((value) => formatTick(value, y.format ?? 'number')).join(', ');
  const box = { x: left, y: top, width: rounded(right - left), height: rounded(bottom - top), ...paint(colour) };
  const beyond = values.filter((value) => value < least || value > most);
  return [
    line([centre, frame.y(most)], [centre, top]),
    line([centre, bottom], [centre, frame.y(least)]),
    svgElement('rect', box, hint(`${says}: ${text}`)),
    line([left, frame.y(median)], [right, frame.y(median)], 2.5),
    ...beyond.map((value) =>
      svgElement('circle', { cx: rounded(centre), cy: frame.y(value), r: 2.5, fill: 'none', stroke: colour }),
    ),
  ].join('');
}

const dashes = (x1: number, x2: number, y: number): string =>
  svgElement('line', { x1, x2, y1: y, y2: y, stroke: ink.text, 'stroke-width': 1, 'stroke-dasharray': '4 3' });
