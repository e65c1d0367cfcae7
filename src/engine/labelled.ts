import type { Targets } from '../network/index.js';

/**
 * Samples in the layout of the network's input, `[count, ...shape]`; each number is multiplied by `scale`. The native
 * engine rounds doubles to floats, the reference engine keeps them.
 */
export interface Samples {
  readonly x: Float32Array | Float64Array | Uint8Array;
  readonly count: number;
  readonly scale: number;
}

/**
 * Samples with what the loss compares the scores with: one class a sample (Int32Array, length `count`), or
 * `count * head.width` numbers.
 */
export interface LabelledSamples extends Samples {
  readonly targets: Targets;
}
