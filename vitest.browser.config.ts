import { defineConfig } from 'vitest/config';
import { reporters } from './vitest.config.js';

/** Real Chromium, driven from Node by playwright-core: `npm run test:browser`. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.browser.ts'],
    pool: 'forks',
    reporters: reporters('browser'),
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
