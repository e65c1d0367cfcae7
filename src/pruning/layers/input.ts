import { channelsOf } from '../../network/index.js';
import type { PruningRules } from './rules.js';

export const input: PruningRules<'input'> = {
  constants: ({ outputShape }) => Array.from({ length: channelsOf(outputShape) }, () => null),
};
