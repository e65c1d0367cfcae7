import type { ToySamples } from './samples.js';

/** The part of the plane that is drawn, cut into cells. */
export type Window = {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
  readonly columns: number;
  readonly rows: number;
};

/** Around the training samples. */
const pad = 0.1;

/** The window of the training samples, with `resolution` cells along its smaller side. */
export function windowOf({ x }: ToySamples, resolution: number): Window {
  const [left, right] = rangeOf(x, 0);
  const [bottom, top] = rangeOf(x, 1);
  const cell = Math.min(right - left, top - bottom) / resolution;
  return {
    left,
    right,
    bottom,
    top,
    columns: Math.round((right - left) / cell),
    rows: Math.round((top - bottom) / cell),
  };
}

function rangeOf(x: Float32Array, axis: 0 | 1): [least: number, most: number] {
  let [least, most] = [Infinity, -Infinity];
  for (let i = axis; i < x.length; i += 2) [least, most] = [Math.min(least, x[i]!), Math.max(most, x[i]!)];
  return [least - pad, most + pad];
}

/** The middles of all cells, row after row from the top. */
export function cellCentres({ left, right, bottom, top, columns, rows }: Window): Float32Array {
  const centres = new Float32Array(2 * rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = 2 * (row * columns + column);
      centres[at] = left + ((column + 0.5) / columns) * (right - left);
      centres[at + 1] = top - ((row + 0.5) / rows) * (top - bottom);
    }
  }
  return centres;
}
