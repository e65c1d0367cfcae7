import { defineConfig } from 'vitest/config';

/**
 * What every check has time for only a little of: more networks on every engine, more runs that are killed, more damaged
 * files; and files
 * `*.nightly.ts`.
 */
export default defineConfig({
  test: {
    include: [
      'test/conformance/layers.test.ts',
      'test/conformance/rules.test.ts',
      'test/cli/journal.test.ts',
      'test/cli/faults.test.ts',
      'test/fuzz/loaders.test.ts',
      'test/**/*.nightly.ts',
    ],
    provide: {
      networksPerKind: 25,
      kills: 100,
      killsOfEach: 100,
      killTrainings: true,
      fuzzCases: 100_000,
      fuzzSeconds: 3600,
      fuzzSeed: null,
      fuzzWarm: true,
    },
    pool: 'forks',
    testTimeout: 4_000_000,
  },
});
