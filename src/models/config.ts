import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { type ConfigProblem, configProblems } from './configProblems.js';

const positive = z.number().int().positive();
const rate = z.number().min(0).max(1);
const four = z.array(positive).length(4);

const swinSizes = {
  width: positive,
  depths: four,
  heads: four,
  window: positive,
  mlpRatio: z.number().positive(),
  dropPath: rate,
  /** torchvision and Hugging Face do not shift along an axis that fits one window; LAVT and RMSIN do. */
  unshiftedInOneWindow: z.boolean(),
};

const swinSchema = z.strictObject({ kind: z.literal('swin'), ...swinSizes });
const swinV2Schema = z.strictObject({
  kind: z.literal('swin-v2'),
  ...swinSizes,
  /** Window whose scale the positions have, one for all stages or one a stage; the own one when left out. */
  pretrainedWindow: z.union([positive, four]).optional(),
  /** Side in pixels of the pictures that the weights were made for; see `stageWindow` for what follows from it. */
  madeForPx: positive.optional(),
});

const convolutionalSchema = z.strictObject({
  kind: z.literal('convolutional'),
  widths: four,
  depths: four,
  norm: z.enum(['batch', 'group']),
});

const textSchema = z.strictObject({
  vocabularySize: positive,
  width: positive,
  layers: positive,
  heads: positive,
  hiddenWidth: positive,
  maxPositions: positive,
  dropout: rate,
  /** What the LayerNorms add to the variance; 1e-12 as in BERT when left out. */
  layerNormEps: z.number().positive().max(0.1).optional(),
});

/** HFIM in which every scale gets every other at its own size. */
const exchangeSchema = z.strictObject({ kind: z.literal('exchange'), width: positive });

/** HFIM in which the scales meet on a small grid; the kind may be left out, as older configs do. */
const gridSchema = z.strictObject({
  kind: z.literal('grid').optional(),
  width: positive,
  layers: positive,
  heads: positive,
  grid: positive,
});

const settingsSchema = z.strictObject({
  model: z.enum(['lavt', 'lgce', 'rmsin', 'sbanet', 'mrsnet']),
  preset: z.enum(['nano', 'tiny', 'small', 'base']),
  /** Side of the square input in pixels. */
  imageSizePx: positive,
  /** Tokens of a sentence, [CLS] and [SEP] included. */
  maxWords: positive,
  /** How pixels are normalised: ImageNet's mean and deviation, or divided by 255 alone. */
  pixels: z.enum(['imagenet', 'unit']),
  trunk: z.discriminatedUnion('kind', [swinSchema, swinV2Schema, convolutionalSchema]),
  text: textSchema,
  fusionHeads: four,
  /**
   * Whether the words enter the trunk through LAVT's language gates (and IFIM's), as published. Without, the trunk sees the
   * picture alone, once for all sentences about it, and the words meet its maps on their way to the decoder.
   */
  languageGates: z.boolean().default(true),
  decoder: z.strictObject({
    width: positive.optional(),
    norm: z.enum(['batch', 'group']),
    /** Whether maps are enlarged with their corners on each other, as published; true when left out. Else cell by cell. */
    alignCorners: z.boolean().optional(),
  }),
  /** Whether the model decides on its own that a sentence means nothing. */
  noTarget: z.boolean(),
  /** Whether the answer itself, how sure and how large it is, counts in that decision. */
  evidence: z.boolean().default(false),
  /** MRSNet's modules; 'modulated' is IFIM with the sentence as a whole, true IFIM without. */
  ifim: z.union([z.boolean(), z.literal('modulated')]),
  hfim: z.discriminatedUnion('kind', [exchangeSchema, gridSchema]).nullable(),
  /**
   * Adds where the categories lie that the sentence asks for, told by a classifier of these classes on the trunk's maps, for
   * any model; null leaves it out, as published.
   */
  prior: z
    .strictObject({ classes: z.array(z.string().min(1)).min(1).max(254) })
    .nullable()
    .default(null),
  /**
   * Chooses among what the decoder found by places and sizes and, with `things`, by counting candidates as things, with
   * `colours` among those of the asked colour; with `judged` the no-target head sees what is left of the answer behind it. For any
   * model; null leaves it out, as published.
   */
  selection: z
    .strictObject({
      width: positive,
      things: z.boolean().optional(),
      colours: z.boolean().optional(),
      judged: z.boolean().optional(),
    })
    .nullable()
    .default(null),
  /**
   * Reads the sentence into classes, places, sizes, colours, relations and picks, taught by the forms of generated sentences;
   * the prior asks for what is meant, the selection follows it by rules. For any model with a prior; null leaves it out.
   */
  reading: z
    .strictObject({ width: positive.multipleOf(4) })
    .nullable()
    .default(null),
  /** Sharpens the logits to half of the image's size, for any model; null leaves them at a quarter, as published. */
  refinement: z.strictObject({ width: positive }).nullable().default(null),
});

export type ModelConfig = z.infer<typeof settingsSchema>;

/** Everything that rebuilds a model: saved as `config.json` beside its weights. */
export const modelConfigSchema = settingsSchema.superRefine((config, context) => {
  for (const { path, message } of configProblems(config))
    context.addIssue({ code: 'custom', path: [...path], message });
});

export type ModelName = ModelConfig['model'];
export type PresetName = ModelConfig['preset'];

type Sizes = Pick<ModelConfig, 'imageSizePx' | 'trunk' | 'text' | 'decoder' | 'hfim'>;

/** Sizes of each preset; the vocabulary of the small ones is the project's own and set when it is built. */
export const presets: Readonly<Record<PresetName, Sizes>> = {
  nano: {
    imageSizePx: 256,
    trunk: { kind: 'convolutional', widths: [32, 64, 128, 192], depths: [2, 2, 2, 2], norm: 'batch' },
    text: { vocabularySize: 2048, width: 128, layers: 2, heads: 4, hiddenWidth: 384, maxPositions: 32, dropout: 0.1 },
    decoder: { width: 48, norm: 'batch' },
    hfim: { kind: 'exchange', width: 48 },
  },
  tiny: {
    imageSizePx: 320,
    trunk: { kind: 'convolutional', widths: [48, 96, 192, 320], depths: [2, 2, 3, 2], norm: 'batch' },
    text: { vocabularySize: 4096, width: 192, layers: 3, heads: 6, hiddenWidth: 768, maxPositions: 40, dropout: 0.1 },
    decoder: { width: 96, norm: 'batch' },
    hfim: { kind: 'exchange', width: 64 },
  },
  small: {
    imageSizePx: 480,
    trunk: {
      kind: 'swin',
      width: 96,
      depths: [2, 2, 6, 2],
      heads: [3, 6, 12, 24],
      window: 7,
      mlpRatio: 4,
      dropPath: 0.2,
      unshiftedInOneWindow: false,
    },
    text: {
      vocabularySize: 30522,
      width: 384,
      layers: 6,
      heads: 12,
      hiddenWidth: 1536,
      maxPositions: 512,
      dropout: 0.1,
    },
    decoder: { norm: 'batch' },
    hfim: { kind: 'exchange', width: 96 },
  },
  base: {
    imageSizePx: 480,
    trunk: {
      kind: 'swin',
      width: 128,
      depths: [2, 2, 18, 2],
      heads: [4, 8, 16, 32],
      window: 12,
      mlpRatio: 4,
      dropPath: 0.3,
      unshiftedInOneWindow: false,
    },
    text: {
      vocabularySize: 30522,
      width: 768,
      layers: 12,
      heads: 12,
      hiddenWidth: 3072,
      maxPositions: 512,
      dropout: 0.1,
    },
    decoder: { norm: 'batch' },
    hfim: { kind: 'exchange', width: 128 },
  },
};

/** What a caller may set: a model, a preset, and anything of the config over it. */
export type ModelOptions = { model: ModelName; preset?: PresetName } & Partial<Omit<ModelConfig, 'model' | 'preset'>>;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Options with the preset's sizes below them, and the schema that they have to pass. */
function settingsOf(options: ModelOptions): { readonly settings: unknown; readonly schema: z.ZodType } {
  const preset = options.preset ?? 'nano';
  const { model, preset: presetName } = modelConfigSchema.shape;
  const named = { model: options.model, preset };
  const nameSchema = z.object({ model, preset: presetName });
  // Without a preset there are no sizes to go on with.
  if (!nameSchema.safeParse(named).success) return { settings: named, schema: nameSchema };
  const set = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const { trunk, decoder } = presets[preset];
  const { kind } = (options.trunk ?? trunk) as { readonly kind?: unknown };
  const settings = {
    maxWords: 20,
    pixels: 'imagenet',
    fusionHeads: [1, 1, 1, 1],
    noTarget: preset === 'nano' || preset === 'tiny' || options.model === 'mrsnet',
    ifim: 'modulated',
    ...presets[preset],
    // A cell of strided convolutions is a square of the picture; published Swin models were trained with aligned corners.
    decoder: kind === 'convolutional' ? { ...decoder, alignCorners: false } : decoder,
    ...set,
    preset,
  };
  return { settings, schema: modelConfigSchema };
}

/** What is wrong with a model's options, setting by setting; empty where they make a model. */
export function modelProblems(options: ModelOptions): ConfigProblem[] {
  const { settings, schema } = settingsOf(options);
  return problemsOf(schema.safeParse(settings), settings);
}

/**
 * Completes options to a config: the preset's sizes, then what the options set.
 * @throws UserError that names each setting which is unknown, out of range or does not go with the others
 */
export function completeConfig(options: ModelOptions): ModelConfig {
  if (!isObject(options)) {
    throw new UserError(
      `a model needs settings, at least its name: {"model": "mrsnet"}; got ${JSON.stringify(options)}`,
    );
  }
  const { settings, schema } = settingsOf(options);
  const completed = schema.safeParse(settings);
  refuse(completed, settings);
  return completed.data as ModelConfig;
}

/**
 * Reads a whole config, as `config.json` has it.
 * @throws UserError that names each setting which is missing, unknown, out of range or does not go with the others
 */
export function parseConfig(value: unknown): ModelConfig {
  const parsed = modelConfigSchema.safeParse(value);
  refuse(parsed, value);
  return parsed.data as ModelConfig;
}

/** What a check found wrong with a model's settings. */
function problemsOf({ error }: { readonly error?: z.ZodError }, settings: unknown): ConfigProblem[] {
  return (error?.issues ?? []).flatMap((issue): ConfigProblem[] => {
    const path = issue.path.map((name) => (typeof name === 'number' ? name : String(name)));
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...path, key], message: 'there is no such setting' }));
    const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], settings);
    const isMissing = value === undefined && path.length > 0 && issue.code !== 'custom';
    return [{ path, message: isMissing ? 'is missing' : issue.message }];
  });
}

function refuse(parsed: { readonly error?: z.ZodError }, settings: unknown): void {
  const problems = problemsOf(parsed, settings);
  if (problems.length === 0) return;
  const told = problems.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new UserError(`the settings make no model: ${told.join('; ')}`, { cause: parsed.error });
}
