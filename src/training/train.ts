import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runtime, RuntimeOptions } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { evaluateDataset, type ScoreResult } from '../evaluation/index.js';
import { createModel, type ModelOptions, type ReferringModel } from '../models/index.js';
import { createPredictor } from '../segmentation/index.js';
import { buildVocabulary, countWords, type Tokenizer, type WordList } from '../text/index.js';
import { type FloatTensor, loadCheckpoint, saveCheckpoint } from '../weights/index.js';
import { type BatchReport, createTrainer, type Trainer } from './trainer.js';
import type { TrainingConfig } from './trainingConfig.js';
import { openTrainingData, type TrainingData, trainingLoader, validationLoader } from './trainingData.js';
import { loadState, replaceFolder, saveState, type TrainingProgress } from './trainingState.js';
import { initialWeights, type ModelWeights } from './trainingStep.js';

/** Where a run tells what happens; every hook may be left out. */
export interface TrainingReporter {
  onStart?(start: { parameters: number; totalSteps: number; samples: number; progress: TrainingProgress }): void;
  onBatch?(report: BatchReport): void | Promise<void>;
  onValidation?(validation: Validation): void | Promise<void>;
}

/** A validation's scores and where the run stood. */
export interface Validation {
  readonly scores: ScoreResult;
  readonly score: number;
  readonly isBest: boolean;
  readonly progress: TrainingProgress;
}

/** How a run ended. */
export interface TrainingResult {
  readonly ended: 'complete' | 'no better for long' | 'stopped';
  readonly progress: TrainingProgress;
  /** Share of the time that the model waited for the loader. */
  readonly waitShare: number;
}

/** The score that validations are compared by. */
export function mainScore({ protocol, all }: ScoreResult): number {
  return (protocol === 'gres' ? all.gIoU : all.mIoU) ?? 0;
}

interface Prepared {
  readonly model: ReferringModel;
  readonly weights: ModelWeights;
  readonly tokenizer: Tokenizer;
  readonly seenWords: WordList;
}

/** Vocabulary and first weights of a run: its own, or those of a checkpoint it starts from. */
async function prepareModel(config: TrainingConfig, data: TrainingData): Promise<Prepared> {
  const start = config.initialWeights === null ? null : await loadCheckpoint(config.initialWeights);
  const tokenizer = start?.tokenizer ?? buildVocabulary(data.sentences, config.vocabulary);
  const options = { ...start?.model.config, ...config.model } as ModelOptions;
  const text = options.text ?? createModel(options).config.text;
  const model = createModel({ ...options, text: { ...text, vocabularySize: tokenizer.vocabulary.size } });
  const weights = initialWeights(model, config.seed);
  if (start) takeOver(start.weights, weights);
  return { model, weights, tokenizer, seenWords: countWords(tokenizer, data.sentences) };
}

/** Copies the tensors that fit; those of another shape keep their first values. */
function takeOver(from: ReadonlyMap<string, FloatTensor>, to: ModelWeights): void {
  for (const target of [to.parameters, to.buffers]) {
    for (const [name, tensor] of target) {
      const source = from.get(name);
      if (source && source.shape.join() === tensor.shape.join()) tensor.data.set(source.data);
    }
  }
}

/** Most samples of a validation batch: inference needs no more to keep the cores busy. */
const validationBatch = 8;

/**
 * Trains a model as a configuration says, in a run folder: `checkpoints/last` and `checkpoints/best` (checkpoint
 * folders that every command takes), `state/` (what a resume needs). With the same configuration, data and machine the
 * result is the same bit for bit, also when the run was killed and resumed any number of times.
 * @throws UserError for data that does not fit, a loss or gradient that is not finite, and what the data's files say
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
    providers: config.device === 'cpu' ? ['cpu'] : [config.device, 'cpu'],
    threads: config.threads ?? undefined,
    ...options.session,
  };
  const data = await openTrainingData(config);
  const prepared = await prepareModel(config, data);
  const { model, weights, tokenizer, seenWords } = prepared;
  const sizes = { sizePx: model.config.imageSizePx, pixels: model.config.pixels };
  const loader = trainingLoader(data, config, { ...sizes, signal });
  const validation = validationLoader(data, config, { ...sizes, batch: validationBatch, signal });
  const all = new Map([...weights.parameters, ...weights.buffers]);
  const trainer = await createTrainer({ config, model, weights, loader, tokenizer, seenWords, runtime, session });
  const predictor = validation
    ? await createPredictor(model, { weights: all, runtime, batch: validationBatch, live: true, session })
    : null;
  const stateFolder = join(folder, 'state');
  await mkdir(stateFolder, { recursive: true });

  const saved = await loadState(stateFolder);
  if (saved) trainer.load(saved.tensors, saved.progress);
  const parameters = [...weights.parameters.values()].reduce((count, tensor) => count + tensor.data.length, 0);
  reporter.onStart?.({
    parameters,
    totalSteps: trainer.totalSteps,
    samples: loader.samplesPerEpoch,
    progress: trainer.progress,
  });

  /** Writes the averaged weights as a checkpoint folder. */
  const writeCheckpoint = async (name: string, scores: ScoreResult | null): Promise<void> => {
    const target = join(folder, 'checkpoints', name);
    const temporary = `${target}.partial`;
    await rm(temporary, { recursive: true, force: true });
    const card = options.card?.(trainer.progress, scores);
    await saveCheckpoint(temporary, { model, weights: all, tokenizer, seenWords }, { card });
    await replaceFolder(temporary, target);
  };

  const validate = async (): Promise<boolean> => {
    trainer.swapAverage();
    try {
      let scores: ScoreResult | null = null;
      if (validation && predictor) {
        const evaluated = await evaluateDataset(predictor, validation, {
          protocol: config.protocol,
          tokenizer,
          maxWords: model.config.maxWords,
          signal,
        });
        scores = evaluated.scores;
        const score = mainScore(scores);
        const isBest = trainer.progress.best === null || score > trainer.progress.best;
        trainer.update({
          best: isBest ? score : trainer.progress.best,
          validationsWithoutGain: isBest ? 0 : trainer.progress.validationsWithoutGain + 1,
        });
        if (isBest) await writeCheckpoint('best', scores);
        await reporter.onValidation?.({ scores, score, isBest, progress: trainer.progress });
      }
      trainer.update({ sinceValidation: 0 });
      await writeCheckpoint('last', scores);
    } finally {
      trainer.swapAverage();
    }
    await saveState(stateFolder, trainer.state(), trainer.progress);
    return config.patience > 0 && trainer.progress.validationsWithoutGain >= config.patience;
  };

  const started = performance.now();
  let ended: TrainingResult['ended'] = 'complete';
  const interval = config.validateEvery ?? loader.batchesPerEpoch;
  try {
    let sinceSave = 0;
    for await (const report of trainer.batches(signal)) {
      await reporter.onBatch?.(report);
      sinceSave += 1;
      const isLast = trainer.progress.step >= trainer.totalSteps;
      if (trainer.progress.sinceValidation >= interval || isLast) {
        sinceSave = 0;
        if (await validate()) {
          ended = 'no better for long';
          break;
        }
      } else if (sinceSave >= config.saveEvery) {
        sinceSave = 0;
        await saveState(stateFolder, trainer.state(), trainer.progress);
      }
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
    // Between two batches the weights are whole: what was done is kept.
    await saveState(stateFolder, trainer.state(), trainer.progress);
    ended = 'stopped';
  } finally {
    await loader.close();
    await validation?.close();
    await predictor?.release();
    await trainer.release();
  }
  const waitShare = loader.waitedMilliseconds / Math.max(1, performance.now() - started);
  return { ended, progress: trainer.progress, waitShare };
}

/** A run that is not there, or has nothing to go on from. */
export function refuseMissingRun(folder: string): UserError {
  return new UserError(`${folder}: is no training run (it has no config.json); start one with refersat train`);
}

export type { Trainer };
