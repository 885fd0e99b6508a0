import { floatTensor, initialise } from '../engine/index.js';
import { buildModel, createModel, type ModelConfig, type ModelOptions } from '../models/index.js';
import { buildVocabulary, countWords } from '../text/index.js';
import { type FloatTensor, saveCheckpoint } from './checkpoint.js';

/**
 * Writes a checkpoint folder of a model with random weights, whose vocabulary and seen words are those of some sentences;
 * for tests. Its answers mean nothing, and are always the same.
 * @param options of the model; the size of the vocabulary is set by the sentences
 */
export async function writeRandomCheckpoint(
  folder: string,
  sentences: readonly string[],
  options: Omit<ModelOptions, 'text'> & { readonly text: Omit<ModelConfig['text'], 'vocabularySize'> },
  { minCount, seed = 3 }: { readonly minCount?: number; readonly seed?: number } = {},
): Promise<void> {
  const tokenizer = buildVocabulary(sentences, minCount === undefined ? undefined : { minCount });
  const model = createModel({ ...options, text: { ...options.text, vocabularySize: tokenizer.vocabulary.size } });
  const { declared } = buildModel(model, { batch: 1, training: false });
  const weights = new Map<string, FloatTensor>();
  for (const { name, shape, initialiser } of [...declared.parameters.values(), ...declared.buffers.values()]) {
    weights.set(name, floatTensor(initialise(initialiser, shape, seed, name), shape) as FloatTensor);
  }
  await saveCheckpoint(folder, { model, weights, tokenizer, seenWords: countWords(tokenizer, sentences) });
}
