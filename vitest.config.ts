import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    provide: { networksPerKind: 3, kills: 3 },
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
