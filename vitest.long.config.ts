import { defineConfig } from 'vitest/config';

/** Fuzzing by the million, thousands of steps, kills: `npm run check:long`, not part of CI. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.long.ts'],
    pool: 'forks',
    // Each measures time and memory: side by side they would disturb one another.
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
  },
});
