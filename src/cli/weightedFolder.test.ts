import { expect, it } from 'vitest';
import { weightedFolder } from './weightedFolder.js';

it.each([
  ['data/scenes', 'data/scenes', 1],
  ['data/scenes=0.5', 'data/scenes', 0.5],
  ['data/gsd=0.3=2', 'data/gsd=0.3', 2],
  ['data/split=train', 'data/split=train', 1],
  ['data/scenes=-1', 'data/scenes=-1', 1],
])('%s', (text, folder, weight) => {
  expect(weightedFolder(text)).toEqual({ folder, weight });
});
