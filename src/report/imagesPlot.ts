import { expectArguments } from '../util/arguments.js';
import { mixed, type Pixels } from './pixels.js';
import { drawGrid } from './pixelsGrid.js';
import type { ScatterPlotOptions } from './scatterPlot.js';

const shades = 16;
const black = [17, 17, 17] as const;
const white = [255, 255, 255] as const;
const levels = Array.from({ length: shades }, (_, i) => mixed(black, white, i / (shades - 1)));

/**
 * Grey images beside each other, each with its name: black at 0, white at the largest number of all images. A standalone
 * SVG; the same numbers give the same bytes.
 *
 * @throws SecateurError ERR_ARGUMENT if there is no image, or an empty one.
 */
export function plotImages(images: readonly Pixels[], options: ScatterPlotOptions): string {
  expectArguments({ images, options });
  const most = images.reduce((m, { values }) => Array.from(values).reduce((a, b) => Math.max(a, b), m), 0) || 1;
  const levelOf = (value: number): number | null =>
    Math.round((shades - 1) * Math.min(1, Math.max(0, value / most))) || null;
  return drawGrid(images, { levels, levelOf }, options);
}
