import { type Shape, sizeOf } from '../../tensor/tensor.js';
import { isPositiveInteger } from '../../util/expect.js';
import { type LayerDefinition, LayerProblem, only, shapeMismatch } from '../definition.js';
import { sameNumbers } from '../links.js';

export interface ReshapeConfig {
  /** The new shape, sample axis left out. */
  readonly shape: Shape;
}

/** The same numbers in another shape. */
export const reshape: LayerDefinition<ReshapeConfig> = {
  arity: 1,
  keepsNumbers: true,
  defaults: {},
  check: ({ shape }) => {
    if (!Array.isArray(shape) || shape.length === 0 || !shape.every(isPositiveInteger)) {
      throw new LayerProblem(`shape must be positive integers, not ${JSON.stringify(shape)}`);
    }
  },
  inferShape: ({ shape }, inputs) => {
    if (sizeOf(shape) !== sizeOf(only(inputs))) throw shapeMismatch(`${sizeOf(shape)} numbers`, only(inputs));
    return shape;
  },
  links: sameNumbers,
};
