import { defineConfig } from 'vitest/config';

// Tests run what ships: `#core/*` and the others resolve to the compiled files in dist/.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    globalSetup: ['./test/support/global-postgres.ts'],
  },
});
