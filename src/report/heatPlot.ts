import { expectArguments } from '../util/arguments.js';
import { label, rounded } from './frame.js';
import { margin } from './header.js';
import { ink } from './palette.js';
import { type Colouring, mixed, type Pixels } from './pixels.js';
import { drawGrid } from './pixelsGrid.js';
import type { ScatterPlotOptions } from './scatterPlot.js';
import { svgElement } from './svg.js';
import { formatNumber } from './text.js';

/** What stands around the pixels, and what colours mean. */
export interface HeatPlotOptions extends ScatterPlotOptions {
  /** What the numbers are, with their unit. */
  readonly legend: string;
}

const shades = 24;
const white = [255, 255, 255] as const;
const blue = [0, 82, 140] as const;
const orange = [176, 74, 0] as const;
/** White at 0, deeper with the size: numbers at 0 first, then up to the most, then down to minus the most. */
const levels = [
  mixed(white, blue, 0),
  ...Array.from({ length: shades }, (_, i) => mixed(white, blue, (i + 1) / shades)),
  ...Array.from({ length: shades }, (_, i) => mixed(white, orange, (i + 1) / shades)),
];

/**
 * Relevance over the pixels of an input, all maps in the same colours: white at 0, blue for positive numbers, orange for
 * negative ones, deepest at the largest of all maps. A standalone SVG; the same numbers give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if there is no map, or an empty one.
 */
export function plotHeat(maps: readonly Pixels[], options: HeatPlotOptions): string {
  expectArguments({ maps, options });
  const all = maps.flatMap(({ values }) => Array.from(values));
  const most = all.reduce((m, value) => Math.max(m, Math.abs(value)), 0) || 1;
  const signed = all.some((value) => value < 0);
  const levelOf = (value: number): number | null => {
    const level = Math.round((shades * Math.abs(value)) / most);
    return level === 0 ? null : value > 0 ? level : shades + level;
  };
  const colouring: Colouring = { levels, levelOf };
  return drawGrid(maps, colouring, { ...options, legend: (top) => bar({ most, signed, legend: options.legend, top }) });
}

/** The colours in order, with the numbers that they stand for. */
function bar({ most, signed, legend, top }: { most: number; signed: boolean; legend: string; top: number }): string {
  const steps = Array.from({ length: shades + 1 }, (_, i) => i);
  const order = signed
    ? [
        ...steps
          .slice(1)
          .map((i) => shades + i)
          .reverse(),
        ...steps,
      ]
    : steps;
  const width = 200 / order.length;
  const tiles = order.map((level, i) => {
    const place = { x: rounded(margin + i * width), y: top + 8, width: rounded(width + 0.5), height: 12 };
    return svgElement('rect', { ...place, fill: levels[level]! });
  });
  const [low, high] = [signed ? `\u2212${formatNumber(most, 2)}` : '0', formatNumber(most, 2)];
  const ends = [label(low, margin, top + 36, 'start'), label(high, margin + 200, top + 36, 'end')];
  return [...tiles, ...ends, label(legend, margin, top + 54, 'start', ink.text)].join('');
}
