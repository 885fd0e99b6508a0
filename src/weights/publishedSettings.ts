import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { readIfThere } from '../files/index.js';
import type { BertNormaliserOptions } from '../text/index.js';
import type { ImportKind } from './planImport.js';

const positive = z.number().int().positive();

/** What Hugging Face's `config.json` says of a Swin beside its shapes. */
const swinSchema = z.object({
  window_size: positive.nullish(),
  /** One side, or height and width, of which the windows follow the height. */
  image_size: z.union([positive, z.array(positive).min(1)]).nullish(),
  pretrained_window_sizes: z.array(z.number().int().min(0)).length(4).nullish(),
  hidden_act: z.string().nullish(),
});

/** What it says of a BERT. */
const bertSchema = z.object({
  model_type: z.string().nullish(),
  num_attention_heads: positive.nullish(),
  hidden_act: z.string().nullish(),
  layer_norm_eps: z.number().positive().nullish(),
  position_embedding_type: z.string().nullish(),
});

/** The settings of Hugging Face's `config.json` that shapes do not tell, under its names. */
export interface PublishedSettings {
  readonly num_attention_heads?: number;
  readonly layer_norm_eps?: number;
  readonly window_size?: number;
  /** Side in pixels that the network was made for. */
  readonly image_size?: number;
  /** Of each stage the window whose scale the positions have; 0 for its own. */
  readonly pretrained_window_sizes?: readonly number[];
}

/** Reads a JSON file by a schema; null where there is none. Throws a UserError that names the file and each field. */
async function readJson<Result>(path: string, schema: z.ZodType<Result>): Promise<Result | null> {
  const text = await readIfThere(path);
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: is no JSON: ${(error as Error).message}`, { cause: error });
  }
  const { data, error } = schema.safeParse(value);
  if (!error) return data;
  const problems = error.issues.map(({ path: at, message }) => [at.join('.'), message].filter(Boolean).join(': '));
  throw new UserError(`${path}: ${problems.join('; ')}; mend it, or import the weights from a folder without it`, {
    cause: error,
  });
}

/** Drops what is null or missing. */
const given = <Value>(value: Value | null | undefined): Value | undefined => value ?? undefined;

/** Names of the exact GELU, the one activation that the networks here have between two layers. */
const exactGelu = new Set(['gelu', 'gelu_python']);

function checkActivation(path: string, activation: string | null | undefined): void {
  if (!activation || exactGelu.has(activation)) return;
  throw new UserError(
    `${path}: hidden_act is ${JSON.stringify(activation)}, which the networks here do not have: the weights would give other results. Take weights trained with "gelu"`,
  );
}

/**
 * Reads what Hugging Face's `config.json` beside weights says about them that their shapes do not.
 * @param as which of its fields count
 * @throws UserError that names file and field of what cannot be read, or of what no network here can be set to: another
 *   activation than gelu, RoBERTa's or relative positions
 */
export async function readPublishedSettings(folder: string, as: ImportKind): Promise<PublishedSettings> {
  const path = join(folder, 'config.json');
  if (as === 'swin' || as === 'swin-v2') {
    const found = await readJson(path, swinSchema);
    checkActivation(path, found?.hidden_act);
    const size = found?.image_size;
    return {
      window_size: given(found?.window_size),
      image_size: given(typeof size === 'object' ? size?.[0] : size),
      pretrained_window_sizes: given(found?.pretrained_window_sizes),
    };
  }
  const found = await readJson(path, bertSchema);
  checkActivation(path, found?.hidden_act);
  if (/roberta|camembert/.test(found?.model_type ?? ''))
    throw new UserError(
      `${path}: model_type is ${JSON.stringify(found?.model_type)}, a RoBERTa, which counts positions differently from BERT: not supported`,
    );
  const positions = found?.position_embedding_type;
  if (positions && positions !== 'absolute')
    throw new UserError(
      `${path}: position_embedding_type is ${JSON.stringify(positions)}; the text encoders here have absolute positions: not supported`,
    );
  return {
    num_attention_heads: given(found?.num_attention_heads),
    layer_norm_eps: given(found?.layer_norm_eps),
  };
}

const tokenizerSchema = z.object({
  do_lower_case: z.boolean().nullish(),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().nullish(),
});

/**
 * What `tokenizer_config.json` beside a vocabulary sets of the normaliser; as in transformers it goes over what
 * `tokenizer.json` says. Nothing where there is no such file.
 * @throws UserError that names file and field of what cannot be read
 */
export async function readNormaliserSettings(folder: string): Promise<Partial<BertNormaliserOptions>> {
  const found = await readJson(join(folder, 'tokenizer_config.json'), tokenizerSchema);
  const { do_lower_case: lowerCase, strip_accents: stripAccents, tokenize_chinese_chars: separate } = found ?? {};
  return {
    ...(typeof lowerCase === 'boolean' ? { lowerCase } : {}),
    ...(typeof stripAccents === 'boolean' ? { stripAccents } : {}),
    ...(typeof separate === 'boolean' ? { separateChinese: separate } : {}),
  };
}
