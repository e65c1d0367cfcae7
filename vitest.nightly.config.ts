import { defineConfig } from 'vitest/config';

/** The conformance of the engines on many more networks than every check has time for, and files `*.nightly.ts`. */
export default defineConfig({
  test: {
    include: ['test/conformance/layers.test.ts', 'test/**/*.nightly.ts'],
    provide: { networksPerKind: 25 },
    pool: 'forks',
    testTimeout: 600_000,
  },
});
