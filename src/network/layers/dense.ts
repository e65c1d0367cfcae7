import type { Shape } from '../../tensor/tensor.js';
import { isPositiveInteger } from '../../util/expect.js';
import { type LayerDefinition, LayerProblem, only, shapeMismatch } from '../definition.js';

export interface DenseConfig {
  readonly units: number;
}

function features(inputs: readonly Shape[]): number {
  const shape = only(inputs);
  const [size] = shape;
  if (shape.length !== 1 || size === undefined) {
    throw shapeMismatch('a flat input [features]', shape, 'put a flatten layer before it');
  }
  return size;
}

/** `y = x @ kernel + bias`, kernel `[features, units]`. */
export const dense: LayerDefinition<DenseConfig> = {
  arity: 1,
  defaults: {},
  check: ({ units }) => {
    if (!isPositiveInteger(units)) throw new LayerProblem(`units must be a positive integer, not ${units}`);
  },
  weights: ({ units }, inputs) => ({
    kernel: {
      shape: [features(inputs), units],
      axes: ['in', 'out'],
      role: 'factor',
      initial: { fanIn: features(inputs), fanOut: units },
    },
    bias: { shape: [units], axes: ['out'], role: 'offset', optional: true, initial: 0 },
  }),
  inferShape: ({ units }, inputs) => {
    features(inputs);
    return [units];
  },
  macs: ({ units }, inputs) => features(inputs) * units,
  hasNodes: true,
};
