import type { PruningRules } from './rules.js';

export const batchNorm: PruningRules<'batchNorm'> = {
  constants: ({ config: { epsilon }, weights: { gamma, beta, mean, variance } }, [input = []]) =>
    input.map((value, c) => {
      const factor = (gamma?.data[c] ?? 1) / Math.sqrt((variance?.data[c] ?? 1) + epsilon);
      if (factor === 0) return beta?.data[c] ?? 0;
      return value === null ? null : factor * (value - (mean?.data[c] ?? 0)) + (beta?.data[c] ?? 0);
    }),
  holders: { factor: 'gamma', missing: 1, offset: 'beta' },
};
