import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/browser/**', 'test/long/**', '**/node_modules/**'],
    // vmThreads breaks ONNX Runtime's check of typed arrays; forks keep native memory apart.
    pool: 'forks',
    testTimeout: 60_000,
  },
});
