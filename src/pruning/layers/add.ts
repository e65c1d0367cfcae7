import { channelsOf } from '../../network/index.js';
import { elementwise, type PruningRules } from './rules.js';

export const add: PruningRules<'add'> = {
  constants: ({ outputShape }, inputs) =>
    elementwise(inputs, channelsOf(outputShape), (values) =>
      values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0),
    ),
};
