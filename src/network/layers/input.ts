import type { Shape } from '../../tensor/tensor.js';
import { isPositiveInteger } from '../../util/expect.js';
import { type LayerDefinition, LayerProblem } from '../definition.js';

export interface InputConfig {
  readonly shape: Shape;
}

/** Where samples enter. A network has exactly one. */
export const input: LayerDefinition<InputConfig> = {
  arity: 0,
  defaults: {},
  check: ({ shape }) => {
    if (!Array.isArray(shape) || shape.length === 0 || !shape.every(isPositiveInteger)) {
      throw new LayerProblem(`shape must be positive integers without the sample axis, not ${JSON.stringify(shape)}`);
    }
  },
  inferShape: ({ shape }) => shape,
};
