import { activate } from '../../engine/index.js';
import type { PruningRules } from './rules.js';

export const activation: PruningRules<'activation'> = {
  constants: ({ config }, [input = []]) =>
    input.map((value) => (value === null || config.fn === 'softmax' ? null : activate(config, value))),
  passes: ({ config }, value) => config.fn !== 'softmax' && activate(config, value) === value,
};
