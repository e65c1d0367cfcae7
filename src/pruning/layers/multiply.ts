import { channelsOf } from '../../network/index.js';
import { elementwise, type PruningRules } from './rules.js';

export const multiply: PruningRules<'multiply'> = {
  /** One factor that is 0 is enough. */
  constants: ({ outputShape }, inputs) =>
    elementwise(inputs, channelsOf(outputShape), (values) =>
      values.includes(0)
        ? 0
        : values.reduce((product, value) => (product === null || value === null ? null : product * value), 1),
    ),
};
