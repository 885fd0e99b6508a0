import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { floatTensor, type HostTensor } from '../engine/index.js';
import { firstOf, UserError } from '../errors/index.js';
import { readIfThere, writeFileAtomic } from '../files/index.js';
import { buildModel, createModel, type ModelConfig, parseConfig, type ReferringModel } from '../models/index.js';
import { createTensor, type Tensor } from '../tensors/index.js';
import {
  type Tokenizer,
  tokenizerConfigJson,
  tokenizerFromJson,
  tokenizerToJson,
  type WordList,
  wordListFromText,
  wordListToText,
} from '../text/index.js';
import { openWeights } from './openWeights.js';
import { dequantise } from './quantised.js';
import { saveSafetensors } from './safetensorsFile.js';
import { checkWeightsAreNumbers } from './soundWeights.js';

/** A parameter or buffer of a model in float32. */
export type FloatTensor = HostTensor & { readonly data: Float32Array };

/** A trained model as its folder holds it. */
export interface Checkpoint {
  readonly model: ReferringModel;
  /** Parameters and buffers by name. */
  readonly weights: ReadonlyMap<string, FloatTensor>;
  readonly tokenizer: Tokenizer;
  /** The words that the model was trained on; null where the folder does not say (imported weights). */
  readonly seenWords: WordList | null;
  /** The folder it came from. */
  readonly source: string;
}

async function readText(folder: string, file: string): Promise<string> {
  try {
    return await readFile(join(folder, file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new UserError(
      `${folder}: has no ${file}; a checkpoint is a folder with config.json, model.safetensors and tokenizer.json`,
      { cause: error },
    );
  }
}

/** Reads a config.json; throws a UserError that names the file and each setting that is wrong. */
function configOfText(text: string, source: string): ModelConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${source}: is no JSON: ${(error as Error).message}`, { cause: error });
  }
  try {
    return parseConfig(value);
  } catch (error) {
    throw new UserError(`${source}: is no model configuration of refersat: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * Reads the model configuration of a checkpoint folder alone.
 * @throws UserError when `config.json` is missing or is none of refersat's
 */
export async function loadConfig(folder: string): Promise<ModelConfig> {
  return configOfText(await readText(folder, 'config.json'), join(folder, 'config.json'));
}

/**
 * Reads a checkpoint folder: `config.json`, `model.safetensors` (float32, float16, bfloat16 or int8), `tokenizer.json`,
 * `words.txt`.
 * @throws UserError when a file is missing or broken, or the weights do not fit the configuration or are no numbers
 */
export async function loadCheckpoint(folder: string): Promise<Checkpoint> {
  const start = await loadInitialWeights(folder);
  if (start.tokenizer) return { ...start, tokenizer: start.tokenizer };
  throw new UserError(
    `${folder}: has no tokenizer.json; it holds weights for training to start from, and no trained model`,
  );
}

/** Weights that training starts from: a checkpoint, or imported ones without a vocabulary. */
export type InitialWeights = Omit<Checkpoint, 'tokenizer'> & {
  /** Null where the folder has none: training makes its own vocabulary. */
  readonly tokenizer: Tokenizer | null;
};

/**
 * Reads a folder for training to start from; unlike a checkpoint it may lack `tokenizer.json`.
 * @throws UserError when another file is missing or broken, or the weights do not fit the configuration or are no numbers
 */
export async function loadInitialWeights(folder: string): Promise<InitialWeights> {
  const isFolder = await stat(folder).then(
    (info) => info.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UserError(`${folder}: no such checkpoint folder`);
  const config = await loadConfig(folder);
  const text = await readIfThere(join(folder, 'tokenizer.json'));
  const tokenizer = text === null ? null : tokenizerFromJson(text, { source: join(folder, 'tokenizer.json') });
  const words = await readIfThere(join(folder, 'words.txt'));
  const { vocabularySize } = config.text;
  if (tokenizer && tokenizer.vocabulary.size > vocabularySize) {
    throw new UserError(
      `${join(folder, 'tokenizer.json')}: has ${tokenizer.vocabulary.size} word pieces, but the model has vectors for ${vocabularySize} (text.vocabularySize in config.json); put back the tokenizer.json that it was trained with`,
    );
  }
  const model = createModel(config);
  const weights = await readWeights(join(folder, 'model.safetensors'), model);
  checkWeightsAreNumbers(folder, weights);
  return {
    model,
    weights,
    tokenizer,
    seenWords: words === null ? null : wordListFromText(words, { source: join(folder, 'words.txt') }),
    source: folder,
  };
}

/** Reads every parameter and buffer of a model from a weights file; throws a UserError that lists what does not fit. */
async function readWeights(path: string, model: ReferringModel): Promise<Map<string, FloatTensor>> {
  const { declared } = buildModel(model, { batch: 1, training: false });
  const source = await openWeights(path);
  try {
    const stored = new Set(source.names);
    const weights = new Map<string, FloatTensor>();
    const problems: string[] = [];
    for (const { name, shape } of [...declared.parameters.values(), ...declared.buffers.values()]) {
      if (!stored.has(name)) problems.push(`${name} is missing`);
      else if (source.shape(name).join() !== shape.join()) {
        problems.push(`${name} is [${source.shape(name).join(', ')}], the model expects [${shape.join(', ')}]`);
      } else {
        const tensor = await source.read(name);
        const data = await dequantise(tensor, name, source);
        weights.set(name, floatTensor(data, shape) as FloatTensor);
      }
    }
    if (problems.length > 0) {
      throw new UserError(`${path}: does not fit its config.json: ${firstOf(problems, 5, '; ')}`);
    }
    return weights;
  } finally {
    await source.close();
  }
}

/**
 * Writes a checkpoint folder, file by file and each atomically, the weights first: a folder whose `config.json` is there
 * is complete. Float32 unless `tensors` are given in another type.
 * @param card the model card (`README.md`) with its YAML head
 */
export async function saveCheckpoint(
  folder: string,
  checkpoint: Omit<InitialWeights, 'source'>,
  options: { card?: string; tensors?: ReadonlyMap<string, Tensor> } = {},
): Promise<void> {
  const { model, weights, tokenizer, seenWords } = checkpoint;
  const tensors =
    options.tensors ??
    new Map([...weights].map(([name, { shape, data }]) => [name, createTensor('F32', [...shape], data) as Tensor]));
  await saveSafetensors(join(folder, 'model.safetensors'), tensors, { format: 'refersat' });
  if (tokenizer) {
    await writeFileAtomic(join(folder, 'tokenizer.json'), tokenizerToJson(tokenizer));
    await writeFileAtomic(join(folder, 'tokenizer_config.json'), tokenizerConfigJson(tokenizer, model.config.maxWords));
  }
  if (seenWords) await writeFileAtomic(join(folder, 'words.txt'), wordListToText(seenWords));
  if (options.card !== undefined) await writeFileAtomic(join(folder, 'README.md'), options.card);
  await writeFileAtomic(join(folder, 'config.json'), `${JSON.stringify(model.config, null, 2)}\n`);
}
