import { explainFullDiskOfRun } from './fullDisk.js';
import { closeRun, type OpenedRun, openRun, outsetOf, type RunSetup } from './openedRun.js';
import { saveRun, saveStoppedRun } from './saveRun.js';
import type { TrainingConfig } from './trainingConfig.js';
import type { TrainingProgress } from './trainingState.js';
import { validateRun } from './validateRun.js';

export { mainScore } from './validateRun.js';

/** How a run ended. */
export interface TrainingResult {
  readonly ended: 'complete' | 'no better for long' | 'stopped';
  readonly progress: TrainingProgress;
  /** Share of the training time (without validations) that the model waited for the loader. */
  readonly waitShare: number;
  /** Why each picture was left out that could not be read (with `onBroken: skip`). */
  readonly broken: readonly string[];
}

/** Milliseconds that the finished validations of this session took in all. */
interface ValidationTime {
  milliseconds: number;
}

/**
 * Trains a model as a configuration says, in a run folder: `checkpoints/last` and `checkpoints/best` (checkpoint
 * folders that every command takes), `state/` (what a resume needs). With the same configuration, data and machine the
 * result is the same bit for bit, also when the run was killed and resumed any number of times.
 * @throws UserError for data that does not fit, a loss or gradient that is not finite, a full disk, and what the data's
 * files say; what was saved before stays whole
 */
export async function train(config: TrainingConfig, options: RunSetup): Promise<TrainingResult> {
  const run = await openRun(config, options);
  const { trainer, loader, validation, signal, folder } = run;
  const started = performance.now();
  const validating: ValidationTime = { milliseconds: 0 };
  let ended: TrainingResult['ended'];
  try {
    await run.reporter.onStart?.(outsetOf(run));
    ended = await trainToTheEnd(run, validating);
  } catch (error) {
    const place = `${folder}, step ${trainer.progress.step}`;
    if (!signal?.aborted || error !== signal.reason) throw explainFullDiskOfRun(error, place);
    // Between two batches the weights are whole: what was done is kept.
    await saveStoppedRun(run).catch((failure: unknown) => {
      throw explainFullDiskOfRun(failure, place);
    });
    ended = 'stopped';
  } finally {
    await closeRun(run);
  }
  const trainingTime = performance.now() - started - validating.milliseconds;
  const waitShare = loader.waitedMilliseconds / Math.max(1, trainingTime);
  const broken = [...new Set([...loader.broken.values(), ...(validation?.loader.broken.values() ?? [])])];
  return { ended, progress: trainer.progress, waitShare, broken };
}

/** Trains, validates and saves in turn until the run is complete, or no validation was better for long. */
async function trainToTheEnd(run: OpenedRun, validating: ValidationTime): Promise<'complete' | 'no better for long'> {
  const { config, reporter, trainer, signal } = run;
  const isOverdue = (): boolean => config.patience > 0 && trainer.progress.validationsWithoutGain >= config.patience;
  // A stop may have come between a batch and its validation.
  await validateWhenDue(run, validating);
  if (isOverdue()) return 'no better for long';
  let sinceSave = 0;
  for await (const report of trainer.batches(signal)) {
    await reporter.onBatch?.(report);
    sinceSave += 1;
    if (await validateWhenDue(run, validating)) {
      sinceSave = 0;
      if (isOverdue()) return 'no better for long';
    } else if (sinceSave >= config.saveEvery) {
      sinceSave = 0;
      await saveRun(run);
    }
  }
  return 'complete';
}

/** Validates when it is time: after so many batches, and at the end. Gives whether it did. */
async function validateWhenDue(run: OpenedRun, validating: ValidationTime): Promise<boolean> {
  const { sinceValidation } = run.trainer.progress;
  const interval = run.config.validateEvery ?? run.loader.batchesPerEpoch;
  if (sinceValidation === 0 || (sinceValidation < interval && !run.trainer.isComplete)) return false;
  const from = performance.now();
  await validateRun(run);
  validating.milliseconds += performance.now() - from;
  return true;
}
