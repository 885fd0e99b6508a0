import { floatTensor, initialise } from '../engine/index.js';
import { buildModel, createModel } from '../models/index.js';
import { buildVocabulary, countWords } from '../text/index.js';
import { type FloatTensor, saveCheckpoint } from '../weights/index.js';

const sentences = ['the red ship on the left of the picture', 'the car and the round tank', '左边的船'];

/** Writes a tiny model with random weights and a no-target head as a checkpoint folder; for tests. */
export async function writeTestCheckpoint(folder: string, seed = 3): Promise<void> {
  const tokenizer = buildVocabulary(sentences);
  const model = createModel({
    model: 'mrsnet',
    imageSizePx: 64,
    maxWords: 12,
    text: {
      vocabularySize: tokenizer.vocabulary.size,
      width: 16,
      layers: 1,
      heads: 2,
      hiddenWidth: 32,
      maxPositions: 24,
      dropout: 0,
    },
    trunk: { kind: 'convolutional', widths: [8, 8, 16, 16], depths: [1, 1, 1, 1], norm: 'group' },
    decoder: { width: 8, norm: 'group' },
    hfim: { width: 16, layers: 1, heads: 2, grid: 2 },
    noTarget: true,
  });
  const { declared } = buildModel(model, { batch: 1, training: false });
  const weights = new Map<string, FloatTensor>();
  for (const { name, shape, initialiser } of [...declared.parameters.values(), ...declared.buffers.values()]) {
    weights.set(name, floatTensor(initialise(initialiser, shape, seed, name), shape) as FloatTensor);
  }
  await saveCheckpoint(folder, { model, weights, tokenizer, seenWords: countWords(tokenizer, sentences) });
}
