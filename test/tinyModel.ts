import { floatTensor, initialise } from '../src/engine/index.js';
import { buildModel, createModel } from '../src/models/index.js';
import { buildVocabulary, countWords } from '../src/text/index.js';
import { type FloatTensor, saveCheckpoint } from '../src/weights/index.js';

/** What the tiny model has seen; any other word is unknown to it. */
const sentences = ['the red car on the left', 'the large ship near the pier', 'all storage tanks', '左边的红色汽车'];

/** Side of the tiny model's input. */
export const tinyInputPx = 32;

/** Writes a checkpoint folder of a model with random weights: its answers mean nothing, and are always the same. */
export async function saveTinyModel(folder: string): Promise<void> {
  const tokenizer = buildVocabulary(sentences, { minCount: 1 });
  const model = createModel({
    model: 'mrsnet',
    imageSizePx: tinyInputPx,
    maxWords: 12,
    trunk: { kind: 'convolutional', widths: [8, 8, 8, 8], depths: [1, 1, 1, 1], norm: 'group' },
    text: {
      vocabularySize: tokenizer.vocabulary.size,
      width: 16,
      layers: 1,
      heads: 2,
      hiddenWidth: 16,
      maxPositions: 12,
      dropout: 0,
    },
    decoder: { width: 8, norm: 'group' },
    hfim: null,
  });
  const { declared } = buildModel(model, { batch: 1, training: false });
  const weights = new Map<string, FloatTensor>();
  for (const { name, shape, initialiser } of [...declared.parameters.values(), ...declared.buffers.values()]) {
    weights.set(name, floatTensor(initialise(initialiser, shape, 3, name), shape) as FloatTensor);
  }
  await saveCheckpoint(folder, { model, weights, tokenizer, seenWords: countWords(tokenizer, sentences) });
}
