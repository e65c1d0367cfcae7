import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/nightly/**/*.test.ts'], pool: 'forks', testTimeout: 1_200_000 },
});
