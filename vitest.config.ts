import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    provide: {
      networksPerKind: 3,
      kills: 3,
      killTrainings: false,
      fuzzCases: 100_000,
      fuzzSeconds: 6,
      fuzzSeed: 0x5eca,
    },
    pool: 'forks',
    // Its own default leaves a core idle.
    maxWorkers: availableParallelism(),
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
