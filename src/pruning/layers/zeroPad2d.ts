import type { PruningRules } from './rules.js';

export const zeroPad2d: PruningRules<'zeroPad2d'> = {
  constants: ({ config: { padding } }, [input = []]) =>
    padding.flat().some((zeros) => zeros > 0) ? input.map((value) => (value === 0 ? 0 : null)) : input,
};
