import type { Release } from '../datasets/index.js';
import { testRelease, writeTestRelease } from '../datasets/testRelease.js';

/** The release of the data set tests with words of place in some of its sentences. */
export function placedRelease(): Release {
  const release = testRelease();
  const places = ['the ship on the left', '上方的船'];
  return {
    ...release,
    references: release.references.map((reference) =>
      reference.sentences.length === 2 ? { ...reference, sentences: places.map((raw) => ({ raw })) } : reference,
    ),
  };
}

/** Writes it with pictures; `val` has two pictures and nine samples, one of which means nothing. For tests. */
export const writeTestData = (folder: string): Promise<void> => writeTestRelease(folder, placedRelease());
