import { defineConfig } from 'vitest/config';

/** The tests that Stryker judges: those of lib/core alone, because a decision is to be caught by its own tests. */
export default defineConfig({
  test: { include: ['test/core/**/*.test.ts'], testTimeout: 30_000 },
});
