import { isPadded } from './kernels.js';
import type { PruningRules } from './rules.js';

export const avgPool2d: PruningRules<'avgPool2d'> = {
  constants: ({ config }, [input = []], [shape = []]) =>
    config.includePadding && isPadded(config, shape) ? input.map((value) => (value === 0 ? 0 : null)) : input,
};
