import { channelsOf } from '../../network/index.js';
import { type PruningRules, sameNumbers } from './rules.js';

export const flatten: PruningRules<'flatten'> = {
  constants: ({ outputShape }, [input = []]) => sameNumbers(input, channelsOf(outputShape)),
};
