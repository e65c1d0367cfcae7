import { elementwise } from '../broadcast.js';
import type { LayerForward } from '../values.js';

/** Elementwise sum. */
export const add: LayerForward<'add'> = ({ outputShape }, ...inputs) =>
  elementwise(outputShape, inputs, (a, b) => a + b);
