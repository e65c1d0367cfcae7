import { tidy } from './frame.js';
import { lineColours } from './palette.js';
import { svgElement } from './svg.js';

const circlePath = (x: number, y: number, r: number): string =>
  `M${x - r},${y}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`;

const shapes: readonly ((x: number, y: number) => string)[] = [
  (x, y) => circlePath(x, y, 3.5),
  (x, y) => `M${x - 3.2},${y - 3.2}h6.4v6.4h-6.4z`,
  (x, y) => `M${x},${y - 4.2}l4.2,7.2h-8.4z`,
  (x, y) => `M${x},${y - 4.6}l4.6,4.6l-4.6,4.6l-4.6,-4.6z`,
];

/** The colour of the index-th curve or group. */
export const colourOf = (index: number): string => lineColours[index % lineColours.length]!;

/** A point of the index-th curve or group: told apart by colour and by shape. */
export const dot = (index: number, x: number, y: number, content = '', fill = colourOf(index)): string =>
  svgElement('path', { d: tidy(shapes[index % shapes.length]!(x, y)), fill }, content);
