import { defineConfig } from 'vitest/config';

/**
 * The tests that Stryker judges: those of lib/core alone, because a decision is to be caught by its own tests. Without the random
 * ones: a mutant's fate would change from run to run, and each mutant that needs every test would take ten times as long.
 */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    exclude: ['test/core/**/*.property.test.ts'],
    testTimeout: 30_000,
  },
});
