import { rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Runtime, RuntimeOptions } from '../engine/index.js';
import { findModelFolder, shippedModels } from '../segmentation/index.js';
import { completeTrainingConfig } from './configYaml.js';
import { explainFullDiskOfRun } from './fullDisk.js';
import { modelCard } from './modelCard.js';
import { beginSession, createRunFolder, nameRun, openRunFolder, packageVersion } from './runFolder.js';
import { createRunRecorder } from './runRecorder.js';
import { type TrainingResult, train } from './train.js';
import type { TrainingConfig, TrainingOptions } from './trainingConfig.js';
import type { TrainingOutset, TrainingReporter } from './trainingReporter.js';

/** Where and how a run goes on. */
export interface RunOptions {
  /** Folder of all runs; `runs` by default. */
  readonly runs?: string;
  /** Hooks beside what the run folder records. */
  readonly reporter?: TrainingReporter;
  /** Stops the run between two batches and saves it; `resumeTraining` goes on. */
  readonly signal?: AbortSignal;
  /** Another runtime than onnxruntime-node. */
  readonly runtime?: Runtime;
  readonly session?: RuntimeOptions;
}

/** How a run ended and where its folder is. */
export interface RunResult extends TrainingResult {
  readonly folder: string;
}

/**
 * Trains a model in a new run folder, `runs/NAME`: settings, environment, `metrics.csv`, TensorBoard events, curves,
 * sample predictions and the checkpoints `last` and `best`.
 * @param options settings, of which `data` alone has no default; see `trainingConfigSchema`
 * @throws UserError for settings or data that do not fit, a name that is taken, a loss that is not finite, a full disk
 */
export async function trainInFolder(
  options: TrainingOptions,
  run: RunOptions & { readonly name?: string } = {},
): Promise<RunResult> {
  const checked = completeTrainingConfig(options, 'train');
  const config: TrainingConfig = {
    ...checked,
    data: checked.data.map((set) => ({ ...set, folder: resolve(set.folder) })),
    initialWeights: checked.initialWeights === null ? null : placeOfWeights(checked.initialWeights),
    vocabulary: {
      ...checked.vocabulary,
      of: checked.vocabulary.of === null ? null : placeOfWeights(checked.vocabulary.of),
    },
  };
  const name = run.name ?? nameRun(config, new Date());
  const runs = resolve(run.runs ?? 'runs');
  const folder = await createRunFolder(runs, name, config).catch((error: unknown) => {
    throw explainFullDiskOfRun(error, runs);
  });
  let hasStarted = false;
  const watch: TrainingReporter = {
    onStart: () => {
      hasStarted = true;
    },
  };
  try {
    return await runIn(folder, config, { ...run, reporter: run.reporter ? both(watch, run.reporter) : watch });
  } catch (error) {
    // Settings or data that do not fit leave no run behind, so that the same name may be tried again.
    if (!hasStarted) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Initial weights so that a resume from another folder finds them: the name of shipped ones, else a whole path. */
function placeOfWeights(nameOrFolder: string): string {
  findModelFolder(nameOrFolder);
  return shippedModels().includes(nameOrFolder) ? nameOrFolder : resolve(nameOrFolder);
}

/**
 * Goes on with a run that was stopped or killed, to the same result bit for bit.
 * @param nameOrFolder the run's folder, or its name below `runs`
 * @throws UserError when it is no run, another process trains in it, or its data have changed
 */
export async function resumeTraining(nameOrFolder: string, run: RunOptions = {}): Promise<RunResult> {
  const { folder, config } = await openRunFolder(resolve(run.runs ?? 'runs'), nameOrFolder);
  return runIn(folder, config, run);
}

/** Calls one reporter after the other. */
function both(first: TrainingReporter, second: TrainingReporter): TrainingReporter {
  return {
    async onStart(start) {
      await first.onStart?.(start);
      await second.onStart?.(start);
    },
    async onBatch(report) {
      await first.onBatch?.(report);
      await second.onBatch?.(report);
    },
    async onValidationSample(sample) {
      await first.onValidationSample?.(sample);
      await second.onValidationSample?.(sample);
    },
    async onValidation(validation) {
      await first.onValidation?.(validation);
      await second.onValidation?.(validation);
    },
    onDamaged(message) {
      first.onDamaged?.(message);
      second.onDamaged?.(message);
    },
    onSave: () => ({ ...first.onSave?.(), ...second.onSave?.() }),
  };
}

async function runIn(folder: string, config: TrainingConfig, run: RunOptions): Promise<RunResult> {
  const runtime = run.runtime ?? (await import('../runtimes/onnxruntimeNode.js')).onnxruntimeNode;
  const endSession = await beginSession(folder).catch((error: unknown) => {
    throw explainFullDiskOfRun(error, folder);
  });
  const recorder = createRunRecorder(folder, config);
  const version = packageVersion();
  let outset: TrainingOutset | null = null;
  const own: TrainingReporter = {
    ...recorder,
    onStart(start) {
      outset = start;
      return recorder.onStart(start);
    },
  };
  let result: TrainingResult;
  try {
    result = await train(config, {
      folder,
      runtime,
      session: run.session,
      signal: run.signal,
      reporter: run.reporter ? both(own, run.reporter) : own,
      card: (progress, scores) =>
        outset ? modelCard({ name: basename(folder), version, config, outset }, progress, scores) : '',
    });
  } catch (error) {
    // The disk may be full: then the reason counts, not that the curves could not be drawn.
    await recorder.close().catch(() => undefined);
    await endSession();
    throw explainFullDiskOfRun(error, folder);
  }
  try {
    await recorder.close();
  } catch (error) {
    throw explainFullDiskOfRun(error, folder);
  } finally {
    await endSession();
  }
  return { ...result, folder };
}
