import { defineConfig } from 'vitest/config';

/** Results for people, and where REFERSAT_TEST_RESULTS names a folder also as JSON for `.ci/run`. */
export function reporters(name: string): ('default' | ['json', { outputFile: string }])[] {
  const folder = process.env.REFERSAT_TEST_RESULTS;
  return folder ? ['default', ['json', { outputFile: `${folder}/${name}.json` }]] : ['default'];
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/browser/**', 'test/long/**', '**/node_modules/**'],
    // vmThreads breaks ONNX Runtime's check of typed arrays; forks keep native memory apart.
    pool: 'forks',
    reporters: reporters('node'),
    testTimeout: 60_000,
  },
});
