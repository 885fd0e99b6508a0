import { z } from 'zod';
import { optimiserSchema } from './optimisers/index.js';
import { lossSchema } from './segmentationLoss.js';

const share = z.number().min(0).max(1);
const positive = z.number().int().positive();

/** Augmentation of training samples; see the loader's AugmentOptions for the meaning of each. */
const augmentSchema = z.strictObject({
  flipHorizontal: share.default(0.5),
  flipVertical: share.default(0.5),
  rotate: share.default(0.5),
  crop: z
    .strictObject({ share, smallestArea: share.default(0.4), largestAspect: z.number().min(1).optional() })
    .optional(),
  brightness: share.default(0.2),
  contrast: share.default(0.2),
  saturation: share.default(0.2),
  hueDegrees: z.number().min(0).max(180).default(10),
  greyscale: share.default(0.02),
  blur: share.default(0.05),
  noise: z.strictObject({ share, sigma: z.number().min(0) }).optional(),
  jpeg: z.strictObject({ share, lowest: z.number().min(1).max(95) }).optional(),
});

/** All settings of a training run; `refersat train --print-config` writes them with their meaning. */
export const trainingConfigSchema = z.strictObject({
  /** Sets to train on, with the share of each. */
  data: z.array(z.strictObject({ folder: z.string(), weight: z.number().positive().default(1) })).min(1),
  trainSplit: z.string().default('train'),
  /** Scored after each epoch; empty for none. */
  validationSplit: z.string().default('val'),
  /** At most this many validation samples, spread over the split; 0 takes all. */
  validationSamples: z.number().int().min(0).default(400),
  protocol: z.enum(['rrsis', 'gres']).default('gres'),
  /** Which languages' sentences are used. */
  language: z.enum(['en', 'zh', 'all']).default('all'),
  /** A model of the registry with its settings, see createModel. */
  model: z.looseObject({ model: z.string().default('mrsnet'), preset: z.string().default('nano') }),
  /** A checkpoint folder that the weights start from; with another vocabulary the text encoder starts anew. */
  initialWeights: z.string().nullable().default(null),
  /** Parameters whose names begin so are not trained. */
  freeze: z.array(z.string()).default([]),
  vocabulary: z
    .strictObject({
      minCount: positive.default(2),
      maxTokens: positive.default(2048),
      maxPieces: positive.default(600),
    })
    .prefault({}),
  /** Share of known words that are spelt in pieces in training, so that unknown words mean something. */
  splitWords: share.default(0.03),
  batch: positive.default(16),
  /** Batches whose gradients are averaged before a step. */
  accumulate: positive.default(1),
  epochs: positive.default(40),
  /** Ends the run after so many optimiser steps, whatever the epochs; the schedule fits it. */
  maxSteps: positive.nullable().default(null),
  /** Batches between two validations; null validates after each epoch. */
  validateEvery: positive.nullable().default(null),
  optimiser: optimiserSchema.prefault({ kind: 'adamw', learningRate: 1e-3, weightDecay: 0.05 }),
  /** poly as the papers, or cosine; with a warm-up. */
  schedule: z
    .strictObject({
      kind: z.enum(['poly', 'cosine', 'constant']).default('cosine'),
      power: z.number().positive().default(0.9),
      warmUpSteps: z.number().int().min(0).default(100),
    })
    .prefault({}),
  /** Which parameters decay: all but norms, biases and tables, or as LAVT's and RMSIN's published recipe groups them. */
  groups: z.enum(['matrices', 'published']).default('matrices'),
  /** Gradients are clipped to this global norm; 0 for none. */
  clipNorm: z.number().min(0).default(1),
  /** Decay of the moving average of the weights that is validated and saved; 0 for none. */
  ema: z.number().min(0).max(0.99999).default(0.999),
  loss: lossSchema.prefault({ dice: 1 }),
  augment: augmentSchema.nullable().prefault({}),
  balance: z
    .strictObject({
      kinds: z
        .strictObject({ single: z.number().min(0), multi: z.number().min(0), none: z.number().min(0) })
        .nullable()
        .default(null),
      categories: share.default(0),
      small: z.number().positive().default(1),
    })
    .prefault({}),
  /** Ends the run when so many validations in a row brought no better score; 0 for never. */
  patience: z.number().int().min(0).default(0),
  seed: z.number().int().default(1),
  onBroken: z.enum(['stop', 'skip']).default('stop'),
  device: z.enum(['cpu', 'cuda', 'webgpu']).default('cpu'),
  threads: positive.nullable().default(null),
  /** Batches between two saved states inside an epoch. */
  saveEvery: positive.default(200),
});

export type TrainingConfig = z.output<typeof trainingConfigSchema>;
export type TrainingOptions = z.input<typeof trainingConfigSchema>;
