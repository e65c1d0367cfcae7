import type { Values } from '../values.js';

/** The same numbers: inputs, dropouts outside of training, and whatever only changes the shape. */
export const identity = (_layer: unknown, { data }: Values): Float64Array => data;
