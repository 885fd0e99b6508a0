import { z } from 'zod';
import { devices } from '../runtimes/providers.js';
import { muonSchema, optimiserSchema } from './optimisers/optimiserConfig.js';
import { lossSchema } from './segmentationLoss.js';

const share = z.number().min(0).max(1);
const positive = z.number().int().positive();

/** Augmentation of training samples; see the loader's AugmentOptions for the meaning of each. */
const augmentSchema = z.strictObject({
  flipHorizontal: share.default(0.5).describe('share of samples that are mirrored, with left and right in the words'),
  flipVertical: share.default(0.5).describe('share turned upside down, with top and bottom in the words'),
  rotate: share.default(0.5).describe('share turned by a quarter or half, with the words'),
  crop: z
    .strictObject({ share, smallestArea: share.default(0.4), largestAspect: z.number().min(1).optional() })
    .nullable()
    .default(null)
    .describe('null, or {share, smallestArea, largestAspect}: share of samples cut out and enlarged'),
  brightness: share.default(0.2).describe('largest relative change of brightness'),
  contrast: share.default(0.2).describe('largest relative change of contrast'),
  saturation: share.default(0.2).describe('largest relative change of saturation'),
  hueDegrees: z.number().min(0).max(180).default(10).describe('largest turn of the hue'),
  greyscale: share.default(0.02).describe('share made grey'),
  blur: share.default(0.05).describe('share blurred'),
  noise: z
    .strictObject({ share, sigma: z.number().min(0) })
    .nullable()
    .default(null)
    .describe('null, or {share, sigma}: Gaussian noise in grey levels'),
  jpeg: z
    .strictObject({ share, lowest: z.number().min(1).max(95) })
    .nullable()
    .default(null)
    .describe('null, or {share, lowest}: JPEG artefacts down to this quality'),
});

/** What of the optimiser is not set is so; see `completeTrainingConfig`. */
export const usualOptimiser = { kind: 'adamw', learningRate: 1e-3, weightDecay: 0.05 } as const;

/** The same for SGD, whose decay is added to the gradient: AdamW's would be far too much. */
export const usualSgd = { learningRate: 1e-3, weightDecay: 1e-4 } as const;

/**
 * All settings of a training run. The descriptions are the comments of `refersat train --print-config` and of a run's
 * `config.yaml`: this is their one source.
 */
export const trainingConfigSchema = z.strictObject({
  data: z
    .array(z.strictObject({ folder: z.string(), weight: z.number().positive().default(1) }))
    .min(1, 'name at least one data set')
    .describe('data sets to train on, and the share of each in an epoch relative to the others'),
  trainSplit: z.string().default('train').describe('split that is trained on'),
  validationSplit: z
    .string()
    .nullable()
    .default(null)
    .describe("split scored at each validation; null: val where a set has it; '' for none"),
  validationSamples: z
    .number()
    .int()
    .min(0)
    .default(400)
    .describe('at most so many validation samples, drawn once from the seed; 0 takes all'),
  protocol: z
    .enum(['rrsis', 'gres'])
    .default('gres')
    .describe('protocol of the validation; its gIoU or mIoU chooses the best checkpoint'),
  language: z.enum(['en', 'zh', 'all']).default('all').describe('sentences that are used: en, zh or all'),
  model: z
    .looseObject({
      model: z
        .enum(['lavt', 'lgce', 'rmsin', 'sbanet', 'mrsnet'])
        .nullable()
        .default(null)
        .describe('lavt, lgce, rmsin, sbanet or mrsnet; null: that of the initial weights, else mrsnet'),
      preset: z
        .enum(['nano', 'tiny', 'small', 'base'])
        .nullable()
        .default(null)
        .describe('nano, tiny, small or base; null: that of the initial weights, else nano'),
      imageSizePx: positive.nullable().default(null).describe("side of the square input; null: the preset's"),
    })
    .prefault({})
    .describe(
      'the model; any other setting of its config.json may stand here too, in part (decoder, text, trunk, noTarget ...)',
    ),
  initialWeights: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'a shipped model, checkpoint, import or run folder to start from: its vocabulary, sizes and every tensor that fits',
    ),
  freeze: z
    .array(z.string())
    .default([])
    .describe(
      'parameters whose names begin so are not trained, nor do their batch statistics change: [text_encoder, backbone.stem]',
    ),
  vocabulary: z
    .strictObject({
      of: z
        .string()
        .nullable()
        .default(null)
        .describe(
          'a model whose vocabulary is taken; null: that of the initial weights, else one is built. Words that the initial weights know keep their vectors',
        ),
      minCount: positive.default(2).describe('words seen less often are spelt in pieces'),
      maxTokens: positive.default(2048).describe('most tokens in all'),
      maxPieces: positive.default(600).describe('most pieces of words among them'),
    })
    .prefault({})
    .describe('how the vocabulary is built from the sentences of the training split'),
  splitWords: share
    .default(0.03)
    .describe('share of known words spelt in pieces in training, so that unknown words mean something'),
  batch: positive.default(16).describe('samples a batch'),
  batchNorm: z
    .enum(['auto', 'batch', 'renorm'])
    .default('auto')
    .describe(
      'batch normalisation as published, or batch renormalisation (Ioffe 2017), which small batches need; auto: renorm below a batch of 8',
    ),
  accumulate: positive.default(1).describe('batches whose gradients are averaged before a step'),
  epochs: positive.default(40).describe('times that the training split is gone through'),
  maxSteps: positive
    .nullable()
    .default(null)
    .describe('ends the run after so many optimiser steps whatever the epochs; the schedule fits it'),
  maxMinutes: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'trains for so many minutes (validations apart) whatever the epochs; the schedule follows the clock, so that the result is not the same bit for bit',
    ),
  validateEvery: positive
    .nullable()
    .default(null)
    .describe('batches between two validations; null validates after each epoch'),
  optimiser: z
    .discriminatedUnion('kind', [...optimiserSchema.options, muonSchema])
    .prefault(usualOptimiser)
    .describe('adamw, sgd or muon, with their own settings'),
  schedule: z
    .strictObject({
      kind: z
        .enum(['poly', 'cosine', 'constant'])
        .default('cosine')
        .describe('poly as in the papers, cosine or constant'),
      power: z.number().positive().default(0.9).describe('power of poly'),
      warmUpSteps: z
        .number()
        .int()
        .min(0)
        .default(100)
        .describe('steps in which the rate rises (at most half the run)'),
    })
    .prefault({})
    .describe('how the learning rate falls'),
  textLearningRate: z
    .number()
    .min(0)
    .default(0.2)
    .describe("learning rate of the text encoder, as a share: from scratch it collapses at the trunk's rate"),
  groups: z
    .enum(['matrices', 'published'])
    .default('matrices')
    .describe("which parameters decay: all but norms, biases and tables; or as LAVT's published recipe groups them"),
  clipNorm: z.number().min(0).default(1).describe('gradients are clipped to this global norm; 0 for none'),
  ema: z
    .number()
    .min(0)
    .max(0.99999)
    .default(0.999)
    .describe('decay of the moving average of the weights that is validated and saved; 0 for none'),
  loss: lossSchema
    .extend({
      dice: lossSchema.shape.dice
        .unwrap()
        .default(1)
        .describe(lossSchema.shape.dice.description ?? ''),
    })
    .prefault({})
    .describe('weights of the terms of the loss; 0 leaves a term out'),
  augment: augmentSchema.nullable().prefault({}).describe('changes of the pictures with their words; null for none'),
  balance: z
    .strictObject({
      kinds: z
        .strictObject({ single: z.number().min(0), multi: z.number().min(0), none: z.number().min(0) })
        .nullable()
        .default(null)
        .describe('null, or {single, multi, none}: shares of the kinds in an epoch'),
      categories: share.default(0).describe('0 as the data are, 1 every category as often'),
      small: z.number().positive().default(1).describe('how often small targets come, relative to the others'),
    })
    .prefault({})
    .describe('balance of kinds, categories and small targets'),
  patience: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('ends the run when so many validations in a row brought no better score; 0 for never'),
  seed: z.number().int().default(1).describe('of first weights, order, augmentation and dropout'),
  onBroken: z.enum(['stop', 'skip']).default('stop').describe('what a picture that cannot be read does'),
  device: z.enum(devices).default('cpu').describe('cpu, cuda or webgpu'),
  threads: positive.nullable().default(null).describe('threads of the runtime; null for all cores'),
  workers: z
    .number()
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe('threads that read and augment pictures; null for one a core (at most 16), 0 for none of their own'),
  cacheMegabytes: z
    .number()
    .min(0)
    .default(1024)
    .describe('memory for pictures that were read and resized already; a small set is read from the disk once'),
  saveEvery: positive.default(200).describe('batches between two saved states inside an epoch'),
  licence: z.string().nullable().default(null).describe('licence that the model cards name (of the weights)'),
});

export type TrainingConfig = z.output<typeof trainingConfigSchema>;
export type TrainingOptions = z.input<typeof trainingConfigSchema>;

/** The split that is scored: the one named, else `val`. */
export const scoredSplit = ({ validationSplit }: TrainingConfig): string => validationSplit ?? 'val';
