import { svgElement } from './svg.js';

/** A picture of one number a pixel, row by row. */
export interface Pixels {
  readonly says: string;
  readonly width: number;
  readonly height: number;
  /** `width * height` numbers. */
  readonly values: ArrayLike<number>;
}

/** Colours that numbers are drawn in: `levels[levelOf(value)]`; null is not drawn. */
export interface Colouring {
  readonly levels: readonly string[];
  levelOf(value: number): number | null;
}

/**
 * A picture as one path for each of its colours, so that it stays sharp at every size and needs few bytes.
 *
 * @param at its upper left corner, and the size of a pixel of it.
 */
export function drawPixels(
  { width, height, values }: Pixels,
  { levels, levelOf }: Colouring,
  at: { readonly x: number; readonly y: number; readonly size: number },
): string {
  const paths = levels.map(() => '');
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; ) {
      const level = levelOf(values[y * width + x]!);
      let end = x + 1;
      while (end < width && levelOf(values[y * width + end]!) === level) end++;
      if (level !== null) paths[level] += `M${x},${y}h${end - x}v1h${x - end}z`;
      x = end;
    }
  }
  const drawn = levels.flatMap((fill, level) =>
    paths[level] === '' ? [] : [svgElement('path', { d: paths[level]!, fill })],
  );
  const transform = `translate(${at.x},${at.y}) scale(${at.size})`;
  return svgElement('g', { transform, 'shape-rendering': 'crispEdges' }, drawn.join(''));
}

/** A colour between two others, as a share of the way. */
export const mixed = (from: readonly number[], to: readonly number[], share: number): string =>
  `rgb(${from.map((channel, i) => Math.round(channel + share * (to[i]! - channel))).join(',')})`;
