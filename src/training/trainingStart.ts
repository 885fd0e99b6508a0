import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { categoryNames, mostClasses } from '../datasets/index.js';
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
import {
  type FloatTensor,
  type InitialWeights,
  loadInitialWeights,
  resizeRelativePositionTable,
  windowOfTable,
} from '../weights/index.js';
import { modelOptions } from './modelOptions.js';
import { readRunRecord } from './runRecord.js';
import { scoredSplit, type TrainingConfig } from './trainingConfig.js';
import type { TrainingData } from './trainingData.js';
import { initialWeights, type ModelWeights } from './trainingStep.js';

/** What a run begins with: the model, its first weights, its vocabulary. */
export interface TrainingStart {
  readonly model: ReferringModel;
  readonly weights: ModelWeights;
  readonly tokenizer: Tokenizer;
  readonly seenWords: WordList;
  /** Names of the auxiliary classifier's classes; empty without one. */
  readonly classes: readonly string[];
  /** What the initial weights gave to a new run; null without them, and when a run goes on from a saved state. */
  readonly taken: TakenWeights | null;
}

/** Which tensors of a model come from its initial weights. */
export interface TakenWeights {
  readonly taken: number;
  /** Tables of another window (of relative positions) or another vocabulary (of word vectors). */
  readonly resized: readonly string[];
  /** Tensors that the initial weights lack or have in another shape: they begin anew. */
  readonly fresh: readonly string[];
}

const startFile = 'start.json';
const startSchema = z.object({ data: z.string(), model: z.looseObject({}), classes: z.array(z.string()).default([]) });

/** A mark of the samples that a run trains and validates on: another mark, other data. */
function markOf(data: TrainingData, config: TrainingConfig): string {
  const hash = createHash('sha256');
  const scored = scoredSplit(config);
  for (const { dataset, weight } of data.datasets) {
    hash.update(`${weight}\n`);
    for (const { id, split, sentence, kind, image } of dataset.samples) {
      if (split !== config.trainSplit && split !== scored) continue;
      hash.update(`${JSON.stringify([id, split, sentence, kind, image.file])}\n`);
    }
  }
  return hash.digest('hex');
}

/** Tables of a vector a word: the text encoder's and the selection's. */
const wordTables = new Set(['text_encoder.embeddings.word_embeddings.weight', 'selection.asked.word_embeddings']);

/** The word vectors of one vocabulary in the order of another; words that the first lacks keep their first values. */
function respellTable(
  source: FloatTensor,
  target: FloatTensor,
  [from, to]: readonly [Tokenizer, Tokenizer],
): Float32Array | null {
  const [, width] = target.shape;
  if (source.shape[1] !== width) return null;
  const table = target.data.slice();
  for (const [token, row] of to.vocabulary) {
    const known = from.vocabulary.get(token);
    if (known !== undefined) table.set(source.data.subarray(known * width, (known + 1) * width), row * width);
  }
  return table;
}

/** The vocabulary of a shipped model, checkpoint or run. Throws a UserError when it has none. */
async function readTokenizer(nameOrFolder: string): Promise<Tokenizer> {
  const source = join(findModelFolder(nameOrFolder), 'tokenizer.json');
  const text = await readFile(source, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      `vocabulary.of: ${source}: cannot be read (${error.code}); name a model that has a vocabulary`,
      {
        cause: error,
      },
    );
  });
  return tokenizerFromJson(text, { source });
}

/** A table of relative position biases brought to the window of another; null for anything else. */
function fittingTable(name: string, source: FloatTensor, target: FloatTensor): Float32Array | null {
  if (!name.endsWith('.relative_position_bias_table') || source.shape[1] !== target.shape[1]) return null;
  const [from, to] = [windowOfTable(source.shape[0]), windowOfTable(target.shape[0])];
  if (from === undefined || to === undefined) return null;
  return resizeRelativePositionTable(source.data, source.shape[1], from, to);
}

/**
 * Copies the tensors that fit, tables of another window resized, word vectors put in the order of another vocabulary;
 * those of another shape keep their first values.
 */
function takeOver(
  { weights: from, tokenizer }: Pick<InitialWeights, 'weights' | 'tokenizer'>,
  to: ModelWeights,
  own: Tokenizer,
): TakenWeights {
  const isRespelt = tokenizer !== null && tokenizerToJson(tokenizer) !== tokenizerToJson(own);
  const [resized, fresh]: [string[], string[]] = [[], []];
  let taken = 0;
  for (const target of [to.parameters, to.buffers]) {
    for (const [name, tensor] of target) {
      const source = from.get(name);
      const isRespeltTable = isRespelt && wordTables.has(name);
      const isSame = source?.shape.join() === tensor.shape.join() && !isRespeltTable;
      let data: Float32Array | null = null;
      if (isSame) data = source.data;
      else if (source && isRespeltTable) data = respellTable(source, tensor, [tokenizer, own]);
      else if (source) data = fittingTable(name, source, tensor);
      if (!data) {
        fresh.push(name);
        continue;
      }
      tensor.data.set(data);
      taken += 1;
      if (!isSame) resized.push(name);
    }
  }
  return { taken, resized, fresh };
}

/** Categories of all sets, each name once: what a classifier tells apart. `setting` is named where there are none. */
function categoriesOf(data: TrainingData, setting: string): string[] {
  const names = categoryNames(data.datasets.map(({ dataset }) => dataset));
  const annotated = data.datasets.some(({ dataset }) => dataset.annotations.length > 0);
  if (names.length === 0 || !annotated) {
    throw new UserError(`${setting}: no set has annotated things with a category; leave it out`);
  }
  if (names.length > mostClasses) {
    throw new UserError(`${setting}: ${names.length} categories; at most ${mostClasses} are possible, leave it out`);
  }
  return names;
}

/** The settings with the classes of a category prior: the categories of the data where none are given. */
function withClasses(options: ModelOptions, data: TrainingData): ModelOptions {
  const { prior } = options;
  if (!prior || prior.classes.length > 0) return options;
  return { ...options, prior: { classes: categoriesOf(data, 'model.prior') } };
}

/** What the classifier on the trunk's maps learns to tell apart: the model's own classes, or all of the data. */
function classesToLearn(config: TrainingConfig, model: ReferringModel, data: TrainingData): string[] {
  if (config.loss.categories === 0) return [];
  return model.config.prior?.classes ?? categoriesOf(data, 'loss.categories');
}

/** Classes of the auxiliary classifier with the background; 0 without one. */
export const classCount = (classes: readonly string[]): number => (classes.length > 0 ? classes.length + 1 : 0);

/**
 * Vocabulary, model and first weights of a new run: its own, or those of a checkpoint that it starts from.
 * @throws UserError for settings that make no model, and initial weights of which nothing fits
 */
async function newStart(config: TrainingConfig, data: TrainingData): Promise<TrainingStart> {
  const start =
    config.initialWeights === null ? null : await loadInitialWeights(findModelFolder(config.initialWeights));
  const { of, ...building } = config.vocabulary;
  const tokenizer =
    of !== null ? await readTokenizer(of) : (start?.tokenizer ?? buildVocabulary(data.sentences, building));
  const options = withClasses(modelOptions(config, start?.model ?? null), data);
  const { text } = completeConfig(options);
  const model = createModel({ ...options, text: { ...text, vocabularySize: tokenizer.vocabulary.size } });
  const classes = classesToLearn(config, model, data);
  const weights = initialWeights(model, config.seed, classCount(classes));
  const taken = start ? takeOver(start, weights, tokenizer) : null;
  if (start && taken?.taken === 0) {
    throw new UserError(`${start.source}: none of its weights fits a ${model.config.model} of these sizes`);
  }
  return { model, weights, tokenizer, seenWords: countWords(tokenizer, data.sentences), classes, taken };
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
  const recorded = await readRunRecord(path, startSchema, 'record of what a training run began with');
  if (recorded === null) {
    const start = await newStart(config, data);
    await writeFileAtomic(join(folder, 'tokenizer.json'), tokenizerToJson(start.tokenizer));
    await writeFileAtomic(join(folder, 'words.txt'), wordListToText(start.seenWords));
    await writeFileAtomic(
      path,
      `${JSON.stringify({ data: mark, model: start.model.config, classes: start.classes }, null, 2)}\n`,
    );
    return start;
  }
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
  const { classes } = recorded;
  const weights = initialWeights(model, config.seed, classCount(classes));
  if (config.initialWeights === null || hasState) return { model, weights, tokenizer, seenWords, classes, taken: null };
  const start = await loadInitialWeights(findModelFolder(config.initialWeights));
  return { model, weights, tokenizer, seenWords, classes, taken: takeOver(start, weights, tokenizer) };
}
