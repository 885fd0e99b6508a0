import { z } from 'zod';
import { UserError } from '../errors/index.js';

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

const swinSchema = z.object({ kind: z.literal('swin'), ...swinSizes });
const swinV2Schema = z.object({
  kind: z.literal('swin-v2'),
  ...swinSizes,
  /** Window whose scale the positions have, one for all stages or one a stage; the own one when left out. */
  pretrainedWindow: z.union([positive, four]).optional(),
  /** Side in pixels of the pictures that the weights were made for; see `stageWindow` for what follows from it. */
  madeForPx: positive.optional(),
});

const convolutionalSchema = z.object({
  kind: z.literal('convolutional'),
  widths: four,
  depths: four,
  norm: z.enum(['batch', 'group']),
});

const textSchema = z.object({
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

/** Everything that rebuilds a model: saved as `config.json` beside its weights. */
export const modelConfigSchema = z.object({
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
  decoder: z.object({ width: positive.optional(), norm: z.enum(['batch', 'group']) }),
  /** Whether the model decides on its own that a sentence means nothing. */
  noTarget: z.boolean(),
  /** Whether the answer itself, how sure and how large it is, counts in that decision. */
  evidence: z.boolean().default(false),
  /** MRSNet's modules. */
  ifim: z.boolean(),
  hfim: z.object({ width: positive, layers: positive, heads: positive, grid: positive }).nullable(),
  /**
   * Adds where the categories lie that the sentence asks for, told by a classifier of these classes on the trunk's maps, for
   * any model; null leaves it out, as published.
   */
  prior: z
    .object({ classes: z.array(z.string().min(1)).min(1).max(254) })
    .nullable()
    .default(null),
  /** Chooses among what the decoder found by places and sizes, for any model; null leaves it out, as published. */
  selection: z.object({ width: positive }).nullable().default(null),
  /** Sharpens the logits to half of the image's size, for any model; null leaves them at a quarter, as published. */
  refinement: z.object({ width: positive }).nullable().default(null),
});

export type ModelConfig = z.infer<typeof modelConfigSchema>;
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
    hfim: { width: 128, layers: 2, heads: 4, grid: 8 },
  },
  tiny: {
    imageSizePx: 320,
    trunk: { kind: 'convolutional', widths: [48, 96, 192, 320], depths: [2, 2, 3, 2], norm: 'batch' },
    text: { vocabularySize: 4096, width: 192, layers: 3, heads: 6, hiddenWidth: 768, maxPositions: 40, dropout: 0.1 },
    decoder: { width: 96, norm: 'batch' },
    hfim: { width: 192, layers: 2, heads: 6, grid: 10 },
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
    hfim: { width: 384, layers: 2, heads: 6, grid: 15 },
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
    hfim: { width: 512, layers: 2, heads: 8, grid: 15 },
  },
};

/** What a caller may set: a model, a preset, and anything of the config over it. */
export type ModelOptions = { model: ModelName; preset?: PresetName } & Partial<Omit<ModelConfig, 'model' | 'preset'>>;

/**
 * Completes options to a config: the preset's sizes, then what the options set.
 * @throws UserError that names each setting which is unknown or out of range
 */
export function completeConfig(options: ModelOptions): ModelConfig {
  const preset = options.preset ?? 'nano';
  const { model, preset: presetName } = modelConfigSchema.shape;
  refuse(z.object({ model, preset: presetName }).safeParse({ model: options.model, preset }));
  const completed = modelConfigSchema.strict().safeParse({
    maxWords: 20,
    pixels: 'imagenet',
    fusionHeads: [1, 1, 1, 1],
    noTarget: preset === 'nano' || preset === 'tiny' || options.model === 'mrsnet',
    ifim: true,
    ...presets[preset],
    ...options,
    preset,
  });
  refuse(completed);
  return completed.data as ModelConfig;
}

/** What is wrong with a model's settings, setting by setting. */
function refuse({ error }: { readonly error?: z.ZodError }): void {
  if (!error) return;
  const problems = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new UserError(`the settings make no model: ${problems.join('; ')}`, { cause: error });
}
