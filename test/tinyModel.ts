import { writeRandomCheckpoint } from '../src/weights/testCheckpoint.js';

/** What the tiny model has seen; any other word is unknown to it. */
const usualSentences = [
  'the red car on the left',
  'the large ship near the pier',
  'all storage tanks',
  '左边的红色汽车',
];

/** Side of the tiny model's input. */
export const tinyInputPx = 32;

/** Writes a checkpoint folder of a model with random weights: its answers mean nothing, and are always the same. */
export function saveTinyModel(
  folder: string,
  { sentences = usualSentences, maxWords = 12 }: { sentences?: readonly string[]; maxWords?: number } = {},
): Promise<void> {
  return writeRandomCheckpoint(
    folder,
    sentences,
    {
      model: 'mrsnet',
      imageSizePx: tinyInputPx,
      maxWords,
      trunk: { kind: 'convolutional', widths: [8, 8, 8, 8], depths: [1, 1, 1, 1], norm: 'group' },
      text: { width: 16, layers: 1, heads: 2, hiddenWidth: 16, maxPositions: maxWords, dropout: 0 },
      decoder: { width: 8, norm: 'group' },
      hfim: null,
    },
    { minCount: 1 },
  );
}
