import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, Loader, Sample } from '../datasets/index.js';
import type { Runtime, RuntimeOptions } from '../engine/index.js';
import type { ScoreResult } from '../evaluation/index.js';
import { categoryHeadPrefix } from '../models/index.js';
import { providersOf } from '../runtimes/providers.js';
import { createPredictor, type Predictor } from '../segmentation/index.js';
import { createTrainer, type Trainer } from './trainer.js';
import type { TrainingConfig } from './trainingConfig.js';
import { openTrainingData, trainingLoader, validationLoader } from './trainingData.js';
import type { TrainingOutset, TrainingReporter } from './trainingReporter.js';
import { classCount, prepareStart, type TrainingStart } from './trainingStart.js';
import { loadState, type TrainingProgress, tidyReplaced, tidyState } from './trainingState.js';
import type { ModelWeights } from './trainingStep.js';

/** Where and with what a run trains. */
export interface RunSetup {
  /** The run's folder. */
  readonly folder: string;
  readonly runtime: Runtime;
  readonly session?: RuntimeOptions;
  readonly reporter?: TrainingReporter;
  /** Stops the run between two batches. */
  readonly signal?: AbortSignal;
  /** Text of the model cards. */
  readonly card?: (progress: TrainingProgress, scores: ScoreResult | null) => string;
}

/** A run that is going on: what it begins with, trains on and is scored by. */
export interface OpenedRun {
  readonly config: TrainingConfig;
  readonly folder: string;
  /** What a resume needs, below the run's folder. */
  readonly stateFolder: string;
  readonly reporter: TrainingReporter;
  readonly signal?: AbortSignal;
  readonly card?: RunSetup['card'];
  readonly start: TrainingStart;
  /** The model's own weights by name, in training: the auxiliary classifier is not part of it. */
  readonly modelWeights: ModelWeights['parameters'];
  readonly trainer: Trainer;
  readonly loader: Loader;
  /** What its validations score, and with what; null for a run without validation. */
  readonly validation: { readonly loader: Loader; readonly predictor: Predictor } | null;
  /** The set that each sample is of. */
  readonly datasetOf: ReadonlyMap<Sample, Dataset>;
}

/** Most samples of a validation batch: inference needs no more to keep the cores busy. */
const validationBatch = 8;

/**
 * Opens a new run, or one that was stopped or killed at its last saved state: tidies its folder, opens the data and
 * compiles the model.
 * @throws UserError for data that do not fit, and for what the run's or the data's files say
 */
export async function openRun(config: TrainingConfig, options: RunSetup): Promise<OpenedRun> {
  const { folder, runtime, reporter = {}, signal, card } = options;
  const session: RuntimeOptions = {
    optimisation: 'basic',
    flushDenormals: true,
    providers: providersOf(config.device),
    threads: config.threads ?? undefined,
    ...options.session,
  };
  const data = await openTrainingData(config);
  const stateFolder = join(folder, 'state');
  await mkdir(stateFolder, { recursive: true });
  await tidyState(stateFolder);
  await tidyReplaced(join(folder, 'checkpoints'));
  const saved = await loadState(stateFolder);
  const start = await prepareStart(stateFolder, config, data, saved !== null);
  const { model, weights, tokenizer, seenWords, classes } = start;
  const onDamaged = (message: string): void => reporter.onDamaged?.(message);
  const loading = { sizePx: model.config.imageSizePx, pixels: model.config.pixels, signal, onDamaged };
  const batch = Math.min(validationBatch, config.batch);
  const modelWeights = new Map(
    [...weights.parameters, ...weights.buffers].filter(([name]) => !name.startsWith(categoryHeadPrefix)),
  );
  /** What has to be closed again if the rest does not open, last first. */
  const opened: (() => Promise<unknown>)[] = [];
  try {
    const loader = trainingLoader(data, config, { ...loading, classes });
    opened.unshift(() => loader.close());
    const scored = validationLoader(data, config, { ...loading, batch });
    opened.unshift(async () => scored?.close());
    const trainer = await createTrainer({
      config,
      model,
      weights,
      loader,
      tokenizer,
      seenWords,
      classes: classCount(classes),
      runtime,
      session,
      hasCheckpoint: () => existsSync(join(folder, 'checkpoints', 'last')),
    });
    opened.unshift(() => trainer.release());
    const predictor =
      scored && (await createPredictor(model, { weights: modelWeights, runtime, batch, live: true, session }));
    opened.unshift(async () => predictor?.release());
    if (saved) trainer.load(saved.tensors, saved.progress);
    return {
      config,
      folder,
      stateFolder,
      reporter,
      signal,
      card,
      start,
      modelWeights,
      trainer,
      loader,
      validation: scored && predictor && { loader: scored, predictor },
      datasetOf: new Map(data.datasets.flatMap(({ dataset }) => dataset.samples.map((sample) => [sample, dataset]))),
    };
  } catch (error) {
    for (const close of opened) await close();
    throw error;
  }
}

/** What a run starts with, as its reporter is told. */
export function outsetOf({ start, trainer, loader, validation }: OpenedRun): TrainingOutset {
  return {
    model: start.model.config,
    parameters: [...start.weights.parameters].reduce(
      (count, [name, { data }]) => count + (name.startsWith(categoryHeadPrefix) ? 0 : data.length),
      0,
    ),
    totalSteps: trainer.totalSteps,
    samples: loader.samplesPerEpoch,
    batchesPerEpoch: loader.batchesPerEpoch,
    validationSamples: validation?.loader.samplesPerEpoch ?? 0,
    taken: start.taken,
    progress: trainer.progress,
  };
}

/** Ends the loaders' threads and frees the models. */
export async function closeRun({ loader, validation, trainer }: OpenedRun): Promise<void> {
  await loader.close();
  await validation?.loader.close();
  await validation?.predictor.release();
  await trainer.release();
}
