import type { LayerKind, LayerOf } from '../../network/index.js';
import type { Shape } from '../../tensor/tensor.js';

/** What a layer gives for one sample. */
export interface Values {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Computes a layer for one sample: numbers of `layer.outputShape`. The input layer takes the sample itself. */
export type LayerForward<K extends LayerKind> = (
  layer: LayerOf<K>,
  input: Values,
  ...others: readonly Values[]
) => Float64Array;
