import type { LayerKind, LayerOf } from '../../../network/index.js';
import type { BackwardRule } from '../../propagation.js';
import type { Values } from '../values.js';

/** What is there when the signal passes a layer, for one sample. */
export interface Step {
  readonly rule: BackwardRule;
  readonly inputs: readonly Values[];
  readonly output: Float64Array;
  /** The signal at the output. */
  readonly signal: Float64Array;
}

/** The signals at each of the inputs, and how many denominators were 0 and lost what came to them. */
export interface Passed {
  readonly signals: readonly Float64Array[];
  readonly dead: number;
}

/** How one layer kind hands a signal back. */
export interface LayerBackward<K extends LayerKind> {
  readonly pass: (layer: LayerOf<K>, step: Step) => Passed;
  /** By name, the gradients by the weights, for a signal that is the gradient by the output. */
  readonly weightGradients?: (layer: LayerOf<K>, step: Step) => Record<string, Float64Array>;
}

export const passed = (...signals: readonly Float64Array[]): Passed => ({ signals, dead: 0 });
