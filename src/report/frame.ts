import { ink } from './palette.js';
import { escapeXml, svgElement } from './svg.js';
import { type AxisFormat, formatTick, type Range, roundRange } from './ticks.js';

/** Of every figure: with it, letters of the plots' size can be read on a phone, in a picture that is 330 pixels wide. */
export const figureWidth = 440;

/** What an axis says, and how its numbers are written. */
export interface Axis {
  readonly label: string;
  /** Default `number`. */
  readonly format?: AxisFormat;
}

/** How numbers become places along an axis. */
export interface Scale {
  /** 0 at the axis' start, 1 at its end. */
  share(value: number): number;
  readonly ticks: readonly { readonly at: number; readonly says: string }[];
}

/** Where in the picture something is drawn, in pixels. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A pair of axes in a picture: numbers as places, to a hundredth of a pixel. */
export interface Frame extends Box {
  x(value: number): number;
  y(value: number): number;
  readonly ticks: { readonly x: Scale['ticks']; readonly y: Scale['ticks'] };
}

export const rounded = (value: number): number => Number(value.toFixed(2));

/** The numbers of a path, as short as they can be. */
export const tidy = (path: string): string => path.replace(/-?\d+\.\d+/g, (number) => String(rounded(Number(number))));

/** Equal steps for equal differences, from the round number below the least value to the one above the most. */
export function linearScale(values: readonly number[], about: number, format: AxisFormat = 'number'): Scale {
  const [least, most] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity] as const);
  const pad = most > least ? 0 : Math.abs(most) / 10 || 1;
  const { low, high, ticks }: Range = roundRange(least - pad, most + pad, about);
  return {
    share: (value) => (value - low) / (high - low),
    ticks: ticks.map((at) => ({ at, says: formatTick(at, format) })),
  };
}

export function createFrame(x: Scale, y: Scale, box: Box): Frame {
  const { left, right, top, bottom } = box;
  return {
    ...box,
    x: (value) => rounded(left + x.share(value) * (right - left)),
    y: (value) => rounded(bottom - y.share(value) * (bottom - top)),
    ticks: { x: x.ticks, y: y.ticks },
  };
}

/** The usual place of axes below a header that ends at `top`. */
export const boxBelow = (top: number, height: number): Box => ({
  left: 64,
  right: figureWidth - 24,
  top: top + 26,
  bottom: top + 26 + height,
});

/** What axes need below them. */
export const axisHeight = 52;

/** Grid lines, ticks with their numbers, and what the axes are called. */
export function drawAxes(frame: Frame, x: Axis, y: Axis): string[] {
  const { left, right, top, bottom } = frame;
  const names = [
    label(y.label, left - 40, top - 14, 'start'),
    label(x.label, (left + right) / 2, bottom + 40, 'middle'),
  ];
  return [...drawTicks(frame), ...names];
}

export function drawTicks(frame: Frame, { grid = true } = {}): string[] {
  const { left, right, bottom } = frame;
  const across = frame.ticks.y.map(({ at, says }) => {
    const y = frame.y(at);
    const line = svgElement('line', { x1: left, x2: grid ? right : left - 5, y1: y, y2: y, stroke: ink.grid });
    return line + label(says, left - 8, y + 4, 'end');
  });
  const below = frame.ticks.x.map(({ at, says }) => {
    const x = frame.x(at);
    const line = svgElement('line', { x1: x, x2: x, y1: bottom, y2: bottom + 5, stroke: ink.line });
    return line + label(says, x, bottom + 19, 'middle');
  });
  return [...across, ...below, svgElement('line', { x1: left, x2: right, y1: bottom, y2: bottom, stroke: ink.line })];
}

export type Anchor = 'start' | 'middle' | 'end';

export const label = (text: string, x: number, y: number, anchor: Anchor, fill: string = ink.soft): string =>
  svgElement('text', { x: rounded(x), y: rounded(y), fill, 'text-anchor': anchor }, escapeXml(text));

/** Text that can be read on top of what is drawn. */
export const halo = (text: string, x: number, y: number, anchor: Anchor): string =>
  svgElement(
    'text',
    { x, y, stroke: ink.background, 'stroke-width': 4, 'stroke-linejoin': 'round', 'text-anchor': anchor },
    escapeXml(text),
  ) + label(text, x, y, anchor, ink.text);

/** What is told of a part of a picture while it is pointed at. */
export const hint = (text: string): string => svgElement('title', {}, escapeXml(text));
