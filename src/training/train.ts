import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { imagePath } from '../datasets/index.js';
import type { Runtime, RuntimeOptions } from '../engine/index.js';
import { evaluateDataset, type ScoreResult } from '../evaluation/index.js';
import { categoryHeadPrefix } from '../models/index.js';
import { providersOf } from '../runtimes/providers.js';
import { createPredictor } from '../segmentation/index.js';
import { saveCheckpoint } from '../weights/index.js';
import { explainFullDiskOfRun } from './fullDisk.js';
import { createTrainer } from './trainer.js';
import type { TrainingConfig } from './trainingConfig.js';
import { openTrainingData, trainingLoader, validationLoader } from './trainingData.js';
import type { TrainingReporter } from './trainingReporter.js';
import { classCount, prepareStart } from './trainingStart.js';
import {
  loadState,
  replaceFolder,
  saveState,
  type TrainingProgress,
  tidyReplaced,
  tidyState,
} from './trainingState.js';

/** How a run ended. */
export interface TrainingResult {
  readonly ended: 'complete' | 'no better for long' | 'stopped';
  readonly progress: TrainingProgress;
  /** Share of the training time (without validations) that the model waited for the loader. */
  readonly waitShare: number;
  /** Why each picture was left out that could not be read (with `onBroken: skip`). */
  readonly broken: readonly string[];
}

/** The score that validations are compared by. */
export function mainScore({ protocol, all }: ScoreResult): number {
  return (protocol === 'gres' ? all.gIoU : all.mIoU) ?? 0;
}

/** Most samples of a validation batch: inference needs no more to keep the cores busy. */
const validationBatch = 8;

/**
 * Trains a model as a configuration says, in a run folder: `checkpoints/last` and `checkpoints/best` (checkpoint
 * folders that every command takes), `state/` (what a resume needs). With the same configuration, data and machine the
 * result is the same bit for bit, also when the run was killed and resumed any number of times.
 * @throws UserError for data that does not fit, a loss or gradient that is not finite, a full disk, and what the data's
 * files say; what was saved before stays whole
 */
export async function train(
  config: TrainingConfig,
  options: {
    folder: string;
    runtime: Runtime;
    session?: RuntimeOptions;
    reporter?: TrainingReporter;
    signal?: AbortSignal;
    /** Text of the model cards. */
    card?: (progress: TrainingProgress, scores: ScoreResult | null) => string;
  },
): Promise<TrainingResult> {
  const { folder, runtime, reporter = {}, signal } = options;
  const session: RuntimeOptions = {
    optimisation: 'basic',
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
  const { model, weights, tokenizer, seenWords, classes, taken } = await prepareStart(
    stateFolder,
    config,
    data,
    saved !== null,
  );
  const sizes = { sizePx: model.config.imageSizePx, pixels: model.config.pixels };
  const batch = Math.min(validationBatch, config.batch);
  const onDamaged = (message: string): void => reporter.onDamaged?.(message);
  const loader = trainingLoader(data, config, { ...sizes, classes, signal, onDamaged });
  const validation = validationLoader(data, config, { ...sizes, batch, signal, onDamaged });
  /** The model's own: the auxiliary classifier is not part of it. */
  const all = new Map(
    [...weights.parameters, ...weights.buffers].filter(([name]) => !name.startsWith(categoryHeadPrefix)),
  );
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
  const predictor = validation
    ? await createPredictor(model, { weights: all, runtime, batch, live: true, session }).catch(async (error) => {
        await trainer.release();
        throw error;
      })
    : null;
  if (saved) trainer.load(saved.tensors, saved.progress);
  const datasetOf = new Map(data.datasets.flatMap(({ dataset }) => dataset.samples.map((sample) => [sample, dataset])));

  const save = async (): Promise<void> => {
    trainer.refuseNonFinite();
    trainer.update(reporter.onSave?.() ?? {});
    await saveState(stateFolder, trainer.state(), trainer.progress);
  };

  /** Writes the averaged weights as a checkpoint folder. */
  const writeCheckpoint = async (name: string, scores: ScoreResult | null): Promise<void> => {
    const target = join(folder, 'checkpoints', name);
    const temporary = `${target}.partial`;
    await rm(temporary, { recursive: true, force: true });
    try {
      const card = options.card?.(trainer.progress, scores);
      await saveCheckpoint(temporary, { model, weights: all, tokenizer, seenWords }, { card });
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    await replaceFolder(temporary, target);
  };

  const score = async (): Promise<ScoreResult | null> => {
    if (!validation || !predictor) return null;
    let index = 0;
    const evaluated = await evaluateDataset(predictor, validation, {
      protocol: config.protocol,
      tokenizer,
      maxWords: model.config.maxWords,
      signal,
      onSample: (sample, predicted, sampleScore) => {
        const dataset = datasetOf.get(sample);
        const image = dataset ? imagePath(dataset, sample.image) : sample.image.file;
        return reporter.onValidationSample?.({ sample, image, predicted, score: sampleScore, index: index++ });
      },
    });
    return evaluated.scores;
  };

  const isOverdue = (): boolean => config.patience > 0 && trainer.progress.validationsWithoutGain >= config.patience;

  /** Leaves the averaged weights as they are now for who stops the run: the next validation writes them anew. */
  const saveStopped = async (): Promise<void> => {
    await save();
    if (trainer.progress.step === 0) return;
    trainer.swapAverage();
    try {
      await writeCheckpoint('last', null);
    } finally {
      trainer.swapAverage();
    }
  };

  /** Scores and saves the averaged weights; afterwards the state is saved, so that a kill in here begins it anew. */
  const validate = async (): Promise<void> => {
    trainer.refuseNonFinite();
    trainer.swapAverage();
    try {
      const scores = await score();
      const value = scores && mainScore(scores);
      const { best, validationsWithoutGain } = trainer.progress;
      const isBest = value !== null && (best === null || value > best);
      // Both checkpoints before anything is drawn, which may fail.
      if (isBest) await writeCheckpoint('best', scores);
      await writeCheckpoint('last', scores);
      let gain: Partial<TrainingProgress> = {};
      if (scores && value !== null) {
        gain = isBest
          ? { best: value, validationsWithoutGain: 0 }
          : { validationsWithoutGain: validationsWithoutGain + 1 };
        await reporter.onValidation?.({ scores, score: value, isBest, progress: { ...trainer.progress, ...gain } });
      }
      // Not before: a validation that is broken off is made again, and must not compare with itself.
      trainer.update({ ...gain, sinceValidation: 0 });
    } finally {
      trainer.swapAverage();
    }
    await save();
  };

  const started = performance.now();
  let validating = 0;
  let ended: TrainingResult['ended'] = 'complete';
  const interval = config.validateEvery ?? loader.batchesPerEpoch;
  /** Validates when it is time, also when a stop came between a batch and its validation. */
  const validateWhenDue = async (): Promise<boolean> => {
    const { sinceValidation } = trainer.progress;
    if (sinceValidation === 0 || (sinceValidation < interval && !trainer.isComplete)) return false;
    const from = performance.now();
    await validate();
    validating += performance.now() - from;
    return true;
  };
  try {
    await reporter.onStart?.({
      model: model.config,
      parameters: [...weights.parameters].reduce(
        (count, [name, { data }]) => count + (name.startsWith(categoryHeadPrefix) ? 0 : data.length),
        0,
      ),
      totalSteps: trainer.totalSteps,
      samples: loader.samplesPerEpoch,
      batchesPerEpoch: loader.batchesPerEpoch,
      validationSamples: validation?.samplesPerEpoch ?? 0,
      taken,
      progress: trainer.progress,
    });
    await validateWhenDue();
    let sinceSave = 0;
    if (isOverdue()) ended = 'no better for long';
    else {
      for await (const report of trainer.batches(signal)) {
        await reporter.onBatch?.(report);
        sinceSave += 1;
        if (await validateWhenDue()) {
          sinceSave = 0;
          if (isOverdue()) {
            ended = 'no better for long';
            break;
          }
        } else if (sinceSave >= config.saveEvery) {
          sinceSave = 0;
          await save();
        }
      }
    }
  } catch (error) {
    const place = `${folder}, step ${trainer.progress.step}`;
    if (!signal?.aborted || error !== signal.reason) throw explainFullDiskOfRun(error, place);
    // Between two batches the weights are whole: what was done is kept.
    await saveStopped().catch((failure: unknown) => {
      throw explainFullDiskOfRun(failure, place);
    });
    ended = 'stopped';
  } finally {
    await loader.close();
    await validation?.close();
    await predictor?.release();
    await trainer.release();
  }
  const waitShare = loader.waitedMilliseconds / Math.max(1, performance.now() - started - validating);
  const broken = [...new Set([...loader.broken.values(), ...(validation?.broken.values() ?? [])])];
  return { ended, progress: trainer.progress, waitShare, broken };
}
