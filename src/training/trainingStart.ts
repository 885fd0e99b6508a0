import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { writeFileAtomic } from '../files/index.js';
import { completeConfig, createModel, type ModelOptions, type ReferringModel } from '../models/index.js';
import { findModelFolder } from '../segmentation/index.js';
import {
  buildVocabulary,
  countWords,
  type Tokenizer,
  tokenizerFromJson,
  tokenizerToJson,
  type WordList,
  wordListFromText,
  wordListToText,
} from '../text/index.js';
import { type FloatTensor, loadCheckpoint } from '../weights/index.js';
import type { TrainingConfig } from './trainingConfig.js';
import type { TrainingData } from './trainingData.js';
import { initialWeights, type ModelWeights } from './trainingStep.js';

/** What a run begins with: the model, its first weights, its vocabulary. */
export interface TrainingStart {
  readonly model: ReferringModel;
  readonly weights: ModelWeights;
  readonly tokenizer: Tokenizer;
  readonly seenWords: WordList;
}

const startFile = 'start.json';
const startSchema = z.object({ data: z.string(), model: z.looseObject({}) });

/** A mark of the samples that a run trains and validates on: another mark, other data. */
function markOf(data: TrainingData, config: TrainingConfig): string {
  const hash = createHash('sha256');
  for (const { dataset, weight } of data.datasets) {
    hash.update(`${weight}\n`);
    for (const { id, split, sentence, kind, image } of dataset.samples) {
      if (split !== config.trainSplit && split !== config.validationSplit) continue;
      hash.update(`${JSON.stringify([id, split, sentence, kind, image.file])}\n`);
    }
  }
  return hash.digest('hex');
}

function refuseModel(error: unknown): UserError {
  if (!(error instanceof z.ZodError)) throw error;
  const problems = error.issues.map(({ path, message }) => `${['model', ...path].join('.')}: ${message}`);
  return new UserError(`the settings of the model do not fit: ${problems.join('; ')}`, { cause: error });
}

/** Settings of the model: those given, over those of the initial weights where it is of their preset. */
function modelOptions(config: TrainingConfig, start: ReferringModel | null): ModelOptions {
  const given = Object.fromEntries(Object.entries(config.model).filter(([, value]) => value !== null));
  const isOtherPreset = start !== null && (given.preset ?? start.config.preset) !== start.config.preset;
  const base = start === null ? {} : isOtherPreset ? { model: start.config.model } : start.config;
  return { model: 'mrsnet', preset: 'nano', ...base, ...given } as ModelOptions;
}

/** Copies the tensors that fit; those of another shape keep their first values. Gives how many were taken. */
function takeOver(from: ReadonlyMap<string, FloatTensor>, to: ModelWeights): number {
  let taken = 0;
  for (const target of [to.parameters, to.buffers]) {
    for (const [name, tensor] of target) {
      const source = from.get(name);
      if (source?.shape.join() !== tensor.shape.join()) continue;
      tensor.data.set(source.data);
      taken += 1;
    }
  }
  return taken;
}

/**
 * Vocabulary, model and first weights of a new run: its own, or those of a checkpoint that it starts from.
 * @throws UserError for settings that make no model, and initial weights of which nothing fits
 */
async function newStart(config: TrainingConfig, data: TrainingData): Promise<TrainingStart> {
  const start = config.initialWeights === null ? null : await loadCheckpoint(findModelFolder(config.initialWeights));
  const tokenizer = start?.tokenizer ?? buildVocabulary(data.sentences, config.vocabulary);
  let model: ReferringModel;
  try {
    const options = modelOptions(config, start?.model ?? null);
    const { text } = completeConfig(options);
    model = createModel({ ...options, text: { ...text, vocabularySize: tokenizer.vocabulary.size } });
  } catch (error) {
    throw refuseModel(error);
  }
  const weights = initialWeights(model, config.seed);
  if (start && takeOver(start.weights, weights) === 0) {
    throw new UserError(`${start.source}: none of its weights fits a ${model.config.model} of these sizes`);
  }
  return { model, weights, tokenizer, seenWords: countWords(tokenizer, data.sentences) };
}

/**
 * The beginning of a run. A new one is recorded in the state folder; a resumed one comes from there, so that neither a
 * changed data set nor a removed checkpoint turns it into another run.
 * @param hasState whether a saved state goes over the first weights
 * @throws UserError when the data are not those that the run began with
 */
export async function prepareStart(
  folder: string,
  config: TrainingConfig,
  data: TrainingData,
  hasState: boolean,
): Promise<TrainingStart> {
  const mark = markOf(data, config);
  const path = join(folder, startFile);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) {
    const start = await newStart(config, data);
    await writeFileAtomic(join(folder, 'tokenizer.json'), tokenizerToJson(start.tokenizer));
    await writeFileAtomic(join(folder, 'words.txt'), wordListToText(start.seenWords));
    await writeFileAtomic(path, `${JSON.stringify({ data: mark, model: start.model.config }, null, 2)}\n`);
    return start;
  }
  const recorded = startSchema.parse(JSON.parse(text));
  if (recorded.data !== mark) {
    throw new UserError(
      `${path}: the data are not those that this run began with (samples, sentences or splits differ); restore them, or start a new run with --initial-weights`,
    );
  }
  const read = async (name: string): Promise<[string, { source: string }]> => {
    const source = join(folder, name);
    return [await readFile(source, 'utf8'), { source }];
  };
  const model = createModel(recorded.model as ModelOptions);
  const tokenizer = tokenizerFromJson(...(await read('tokenizer.json')));
  const seenWords = wordListFromText(...(await read('words.txt')));
  const weights = initialWeights(model, config.seed);
  if (config.initialWeights !== null && !hasState) {
    takeOver((await loadCheckpoint(findModelFolder(config.initialWeights))).weights, weights);
  }
  return { model, weights, tokenizer, seenWords };
}
