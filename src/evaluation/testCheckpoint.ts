import { writeRandomCheckpoint } from '../weights/testCheckpoint.js';

const sentences = ['the red ship on the left of the picture', 'the car and the round tank', '左边的船'];

/** Writes a tiny model with random weights and a no-target head as a checkpoint folder; for tests. */
export function writeTestCheckpoint(folder: string, seed = 3): Promise<void> {
  return writeRandomCheckpoint(
    folder,
    sentences,
    {
      model: 'mrsnet',
      imageSizePx: 64,
      maxWords: 12,
      text: { width: 16, layers: 1, heads: 2, hiddenWidth: 32, maxPositions: 24, dropout: 0 },
      trunk: { kind: 'convolutional', widths: [8, 8, 16, 16], depths: [1, 1, 1, 1], norm: 'group' },
      decoder: { width: 8, norm: 'group' },
      hfim: { width: 16, layers: 1, heads: 2, grid: 2 },
      noTarget: true,
    },
    { seed },
  );
}
