import type { Loader } from '../datasets/index.js';
import type { Runtime, RuntimeOptions } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import type { ReferringModel } from '../models/index.js';
import { createRandom } from '../random/index.js';
import { encodeBatch } from '../segmentation/index.js';
import type { Tensor } from '../tensors/index.js';
import { createTensor } from '../tensors/index.js';
import type { Tokenizer, WordList } from '../text/index.js';
import {
  clipByGlobalNorm,
  createEma,
  createGradientAccumulator,
  createMuon,
  createOptimiser,
  createSchedule,
  lavtParameterGroups,
  type OptimisedParameter,
  settingsOf,
} from './optimisers/index.js';
import type { TrainingConfig } from './trainingConfig.js';
import { startOfTraining, type TrainingProgress } from './trainingState.js';
import { compileTrainingStep, type ModelWeights, type StepResult } from './trainingStep.js';

/** What is told after each batch. */
export interface BatchReport extends StepResult {
  readonly progress: TrainingProgress;
  readonly learningRate: number;
  /** Norm of the gradients before clipping; null between the batches of one step. */
  readonly gradientNorm: number | null;
}

/** A model in training: weights, optimiser and place in the data, one batch at a time. */
export interface Trainer {
  readonly weights: ModelWeights;
  /** Null for a run that ends by the clock. */
  readonly totalSteps: number | null;
  /** Whether all steps are made, or the time is up. */
  readonly isComplete: boolean;
  readonly progress: TrainingProgress;
  /** Trains on batches until `until` says stop or the run is complete; yields after each batch. */
  batches(signal?: AbortSignal): AsyncGenerator<BatchReport, void>;
  /** Changes the progress that is saved with the state (validation figures). */
  update(change: Partial<TrainingProgress>): void;
  /** Throws a UserError when a weight or running statistic is not a finite number: it must not go to the disk. */
  refuseNonFinite(): void;
  /** Exchanges the weights with their moving average, around a validation; nothing without EMA. */
  swapAverage(): void;
  state(): Map<string, Tensor>;
  load(tensors: ReadonlyMap<string, Tensor>, progress: TrainingProgress): void;
  release(): Promise<void>;
}

/** From this batch on its own statistics stand for all pictures well enough; the published recipe has it too. */
const smallestPlainBatch = 8;

function optimisedParameters(
  weights: ModelWeights,
  config: TrainingConfig,
  trains: (name: string) => boolean,
): Map<string, OptimisedParameter> {
  const parameters = new Map<string, OptimisedParameter>();
  for (const [name, { data, shape }] of weights.parameters) {
    if (!trains(name)) continue;
    const isTable = /embeddings|relative_position_bias_table/.test(name);
    const isMatrix = shape.length >= 2 && !isTable;
    const own = config.groups === 'published' ? settingsOf(name, lavtParameterGroups) : {};
    const weightDecay = config.groups === 'matrices' && !isMatrix ? 0 : own.weightDecay;
    // The published recipe trains all parts at one rate.
    const isSlowText = config.groups === 'matrices' && name.startsWith('text_encoder.');
    const learningRateScale = isSlowText ? config.textLearningRate : own.learningRateScale;
    parameters.set(name, { data, shape, learningRateScale, weightDecay, isTable });
  }
  return parameters;
}

/** A misspelt part would train on in silence. */
function refuseUnknownParts(freeze: readonly string[], names: readonly string[]): void {
  const unknown = freeze.filter((prefix) => !names.some((name) => name.startsWith(prefix)));
  if (unknown.length > 0) {
    const parts = [...new Set(names.map((name) => name.split('.').slice(0, 2).join('.')))];
    throw new UserError(`freeze: no parameter begins with ${unknown.join(', ')}; the model has ${parts.join(', ')}`);
  }
  if (names.every((name) => freeze.some((prefix) => name.startsWith(prefix)))) {
    throw new UserError('freeze: every parameter is frozen, so nothing would be trained');
  }
}

/** Places of a schedule that follows the clock. */
const clockTicks = 1_000_000;

/**
 * The factor of the learning rate by step, or by the share of the time where the run has no number of steps. The
 * warm-up counts steps in both.
 */
function learningRateFactor(
  { kind, power, warmUpSteps }: TrainingConfig['schedule'],
  totalSteps: number | null,
): (step: number, timeShare: number) => number {
  const of = (totalIterations: number, iterations: number) => {
    const warmUp = iterations > 0 ? { iterations } : undefined;
    if (kind === 'poly') return createSchedule({ kind, power, totalIterations, warmUp });
    return kind === 'cosine' ? createSchedule({ kind, totalIterations, warmUp }) : createSchedule({ kind, warmUp });
  };
  if (totalSteps !== null) return of(totalSteps, Math.min(warmUpSteps, Math.floor(totalSteps / 2)));
  const byClock = of(clockTicks, 0);
  return (step, timeShare) =>
    byClock(Math.floor(timeShare * clockTicks)) * (warmUpSteps > 0 ? Math.min(1, (step + 1) / warmUpSteps) : 1);
}

/** Numbers that overflowed would be all that is left of the run if they were saved. */
function notFinite(what: string, hasCheckpoint: boolean): UserError {
  const anew = hasCheckpoint ? ', or start a new run from its checkpoint with --initial-weights' : '';
  return new UserError(
    `${what}; nothing of it was saved. Lower optimiser.learningRate (or clipNorm) in the run's config.yaml and go on with --resume${anew}`,
  );
}

const withPrefix = (prefix: string, tensors: ReadonlyMap<string, Tensor>): [string, Tensor][] =>
  [...tensors].map(([name, tensor]) => [prefix + name, tensor]);

const underPrefix = (prefix: string, tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> =>
  new Map([...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, t]) => [name.slice(prefix.length), t]));

/**
 * Makes the trainer of a run: compiles the step and sets up optimiser, schedule and average.
 * @throws UserError when the loss or a gradient is not finite (while training): the saved state stays as it was
 */
export async function createTrainer(options: {
  config: TrainingConfig;
  model: ReferringModel;
  weights: ModelWeights;
  loader: Loader;
  tokenizer: Tokenizer;
  seenWords: WordList;
  /** Classes of the auxiliary classifier with the background; 0 without one. */
  classes: number;
  runtime: Runtime;
  session: RuntimeOptions;
  /** Whether the run has a checkpoint already, for the advice where it cannot go on. */
  hasCheckpoint?: () => boolean;
}): Promise<Trainer> {
  const { config, model, weights, loader, tokenizer } = options;
  const refuse = (what: string): UserError => notFinite(what, options.hasCheckpoint?.() ?? false);
  const frozen = (name: string): boolean =>
    config.freeze.some((prefix) => name.startsWith(prefix)) ||
    (config.groups === 'published' && settingsOf(name, lavtParameterGroups).frozen === true);
  const trains = (name: string): boolean => !frozen(name);
  refuseUnknownParts(config.freeze, [...weights.parameters.keys()]);
  const step = await compileTrainingStep(model, weights, {
    runtime: options.runtime,
    batch: config.batch,
    loss: config.loss,
    session: options.session,
    trains,
    classes: options.classes,
    rawPixels: true,
    renormalise: config.batchNorm === 'renorm' || (config.batchNorm === 'auto' && config.batch < smallestPlainBatch),
  });
  const parameters = optimisedParameters(weights, config, trains);
  const { runtime, session } = options;
  const optimiser =
    config.optimiser.kind === 'muon'
      ? await createMuon(config.optimiser, parameters, { runtime, session })
      : createOptimiser(config.optimiser, parameters);
  const accumulator = createGradientAccumulator(parameters);
  const average =
    config.ema > 0
      ? createEma(new Map([...weights.parameters].map(([name, { data }]) => [name, data])), { decay: config.ema })
      : null;
  const secondsToTrain = config.maxMinutes === null ? null : config.maxMinutes * 60;
  const allEpochs = Math.max(1, Math.floor((loader.batchesPerEpoch * config.epochs) / config.accumulate));
  const totalSteps = config.maxSteps ?? (secondsToTrain === null ? allEpochs : null);
  const rateAt = learningRateFactor(config.schedule, totalSteps);
  let progress: TrainingProgress = startOfTraining;

  /** Share of the run's time that has passed; 0 for a run of steps. */
  const timeShare = (): number => (secondsToTrain === null ? 0 : Math.min(1, progress.seconds / secondsToTrain));
  const isComplete = (): boolean =>
    (totalSteps !== null && progress.step >= totalSteps) || (timeShare() === 1 && accumulator.batches === 0);

  /** One optimiser step from the accumulated gradients; gives their norm. */
  const makeStep = async (learningRate: number): Promise<number> => {
    const gradients = accumulator.take();
    const norm = clipByGlobalNorm(gradients, config.clipNorm > 0 ? config.clipNorm : Number.POSITIVE_INFINITY);
    if (!Number.isFinite(norm)) {
      throw refuse(`step ${progress.step + 1}: the gradients are not finite`);
    }
    await optimiser.step(gradients, learningRate);
    average?.update();
    return norm;
  };

  return {
    weights,
    totalSteps,
    get progress() {
      return progress;
    },
    get isComplete() {
      return isComplete();
    },
    async *batches(signal) {
      let resumed = performance.now();
      while (!isComplete()) {
        for await (const batch of loader.from({ epoch: progress.epoch, index: progress.index })) {
          signal?.throwIfAborted();
          const place = [config.seed, batch.epoch, batch.index] as const;
          const random = createRandom(...place, 'splitWords');
          const { ids, wordMask } = encodeBatch(tokenizer, batch.sentences, model.config.maxWords, {
            splitWord: () => random.next() < config.splitWords,
          });
          const stepBatch = { images: batch.pixels, masks: batch.masks, classMaps: batch.classMaps, ids, wordMask };
          const { diceWarmUpSteps } = config.loss;
          const diceShare = diceWarmUpSteps > 0 ? Math.min(1, progress.step / diceWarmUpSteps) : 1;
          const result = await step.run(stepBatch, [...place, 'dropout'], { diceShare });
          if (!Number.isFinite(result.loss)) {
            throw refuse(`step ${progress.step + 1}: the loss is ${result.loss}`);
          }
          accumulator.add(step.gradients, 1 / config.accumulate);
          const learningRate = config.optimiser.learningRate * rateAt(progress.step, timeShare());
          const isStep = accumulator.batches === config.accumulate;
          const gradientNorm = isStep ? await makeStep(learningRate) : null;
          progress = {
            ...progress,
            step: progress.step + (isStep ? 1 : 0),
            epoch: batch.index + 1 < loader.batchesPerEpoch ? batch.epoch : batch.epoch + 1,
            index: batch.index + 1 < loader.batchesPerEpoch ? batch.index + 1 : 0,
            sinceValidation: progress.sinceValidation + 1,
            seconds: progress.seconds + (performance.now() - resumed) / 1000,
          };
          yield { ...result, progress, learningRate, gradientNorm };
          if (isComplete()) return;
          resumed = performance.now();
        }
      }
    },
    update(change) {
      progress = { ...progress, ...change };
    },
    refuseNonFinite() {
      for (const [name, { data }] of [...weights.parameters, ...weights.buffers]) {
        if (!data.every(Number.isFinite)) throw refuse(`step ${progress.step}: ${name} is not finite`);
      }
    },
    swapAverage() {
      average?.swap();
    },
    state() {
      const tensors = (prefix: string, source: ModelWeights['parameters']): [string, Tensor][] =>
        [...source].map(([name, { shape, data }]) => [prefix + name, createTensor('F32', [...shape], data) as Tensor]);
      return new Map([
        ...tensors('parameter.', weights.parameters),
        ...tensors('buffer.', weights.buffers),
        ...withPrefix('optimiser.', optimiser.state()),
        ...withPrefix('accumulator.', accumulator.state()),
        ...(average ? withPrefix('ema.', average.state()) : []),
      ]);
    },
    load(tensors, saved) {
      const copy = (prefix: string, target: ModelWeights['parameters']): void => {
        for (const [name, { data }] of target) {
          const tensor = tensors.get(prefix + name);
          if (!tensor || tensor.data.length !== data.length) {
            throw new UserError(`the saved state has no fitting ${prefix}${name}: it belongs to another configuration`);
          }
          data.set(tensor.data as Float32Array);
        }
      };
      copy('parameter.', weights.parameters);
      copy('buffer.', weights.buffers);
      optimiser.load(underPrefix('optimiser.', tensors));
      accumulator.load(underPrefix('accumulator.', tensors));
      average?.load(underPrefix('ema.', tensors));
      progress = saved;
    },
    async release() {
      await step.release();
      if ('release' in optimiser) await optimiser.release();
    },
  };
}
