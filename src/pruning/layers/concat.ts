import { channelsOf, concatAxis } from '../../network/index.js';
import { elementwise, type PruningRules } from './rules.js';

export const concat: PruningRules<'concat'> = {
  constants: ({ config, outputShape }, inputs) => {
    if (concatAxis(config, outputShape) === outputShape.length - 1) return inputs.flat();
    return elementwise(inputs, channelsOf(outputShape), ([first = null, ...others]) =>
      others.every((value) => value === first) ? first : null,
    );
  },
};
