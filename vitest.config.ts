import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    provide: {
      // Kernels are tried on every instruction set by the C++ tests; engines of a forced one meet fewer networks.
      networksPerKind: process.env.SECATEUR_ISA === undefined ? 3 : 1,
      kills: 3,
      killsOfEach: 1,
      killTrainings: false,
      fuzzCases: 100_000,
      fuzzSeconds: 6,
      fuzzSeed: 0x5eca,
      fuzzWarm: false,
    },
    pool: 'forks',
    // Its own default leaves a core idle.
    maxWorkers: availableParallelism(),
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
