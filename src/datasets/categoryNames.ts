import { noTargetCategory } from './release.js';
import type { Dataset } from './sample.js';

/** Categories of all datasets, sorted, each name once; that of sentences about nothing is none. */
export const categoryNames = (datasets: readonly Pick<Dataset, 'categories'>[]): string[] =>
  [...new Set(datasets.flatMap(({ categories }) => categories))].filter((name) => name !== noTargetCategory).sort();
