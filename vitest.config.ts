import { defineConfig } from 'vitest/config';

// Files of these parts leave nothing behind in their process, so that one process reads the program once for many of them.
const TOGETHER = ['test/core/**/*.test.ts', 'test/verifier/**/*.test.ts', 'test/signing-api/**/*.test.ts'];

// Tests run what ships: `#core/*` and the others resolve to the compiled files in dist/.
const test = {
  testTimeout: 30_000,
  hookTimeout: 120_000,
  globalSetup: ['./test/support/global-postgres.ts'],
};

export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: [
      { test: { ...test, name: 'together', include: TOGETHER, isolate: false } },
      { test: { ...test, name: 'apart', include: ['test/**/*.test.ts'], exclude: TOGETHER } },
    ],
  },
});
