import { elementwise } from '../broadcast.js';
import type { LayerForward } from '../values.js';

/** Elementwise product. */
export const multiply: LayerForward<'multiply'> = ({ outputShape }, ...inputs) =>
  elementwise(outputShape, inputs, (a, b) => a * b);
