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
  readonly totalSteps: number;
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
    const isMatrix = shape.length >= 2 && !/embeddings|relative_position_bias_table/.test(name);
    const own = config.groups === 'published' ? settingsOf(name, lavtParameterGroups) : {};
    const weightDecay = config.groups === 'matrices' && !isMatrix ? 0 : own.weightDecay;
    // The published recipe trains all parts at one rate.
    const isSlowText = config.groups === 'matrices' && name.startsWith('text_encoder.');
    const learningRateScale = isSlowText ? config.textLearningRate : own.learningRateScale;
    parameters.set(name, { data, shape, learningRateScale, weightDecay });
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

/** Numbers that overflowed would be all that is left of the run if they were saved. */
function notFinite(what: string): UserError {
  return new UserError(
    `${what}; nothing of it was saved. Lower optimiser.learningRate (or clipNorm) in the run's config.yaml and go on with --resume, or start a new run from its checkpoint with --initial-weights`,
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
  runtime: Runtime;
  session: RuntimeOptions;
}): Promise<Trainer> {
  const { config, model, weights, loader, tokenizer } = options;
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
    renormalise: config.batchNorm === 'renorm' || (config.batchNorm === 'auto' && config.batch < smallestPlainBatch),
  });
  const parameters = optimisedParameters(weights, config, trains);
  const optimiser = createOptimiser(config.optimiser, parameters);
  const accumulator = createGradientAccumulator(parameters);
  const average =
    config.ema > 0
      ? createEma(new Map([...weights.parameters].map(([name, { data }]) => [name, data])), { decay: config.ema })
      : null;
  const totalSteps =
    config.maxSteps ?? Math.max(1, Math.floor((loader.batchesPerEpoch * config.epochs) / config.accumulate));
  const { kind, power, warmUpSteps } = config.schedule;
  const warmUp = warmUpSteps > 0 ? { iterations: Math.min(warmUpSteps, Math.floor(totalSteps / 2)) } : undefined;
  const schedule = createSchedule(
    kind === 'poly'
      ? { kind, power, totalIterations: totalSteps, warmUp }
      : kind === 'cosine'
        ? { kind, totalIterations: totalSteps, warmUp }
        : { kind, warmUp },
  );
  let progress: TrainingProgress = startOfTraining;

  /** One optimiser step from the accumulated gradients; gives their norm. */
  const makeStep = (learningRate: number): number => {
    const gradients = accumulator.take();
    const norm = clipByGlobalNorm(gradients, config.clipNorm > 0 ? config.clipNorm : Number.POSITIVE_INFINITY);
    if (!Number.isFinite(norm)) {
      throw notFinite(`step ${progress.step + 1}: the gradients are not finite`);
    }
    optimiser.step(gradients, learningRate);
    average?.update();
    return norm;
  };

  return {
    weights,
    totalSteps,
    get progress() {
      return progress;
    },
    async *batches(signal) {
      while (progress.step < totalSteps) {
        for await (const batch of loader.from({ epoch: progress.epoch, index: progress.index })) {
          signal?.throwIfAborted();
          const started = performance.now();
          const place = [config.seed, batch.epoch, batch.index] as const;
          const random = createRandom(...place, 'splitWords');
          const { ids, wordMask } = encodeBatch(tokenizer, batch.sentences, model.config.maxWords, {
            splitWord: () => random.next() < config.splitWords,
          });
          const stepBatch = { images: batch.images, masks: batch.masks, ids, wordMask };
          const result = await step.run(stepBatch, [...place, 'dropout']);
          if (!Number.isFinite(result.loss)) {
            throw notFinite(`step ${progress.step + 1}: the loss is ${result.loss}`);
          }
          accumulator.add(step.gradients, 1 / config.accumulate);
          const learningRate = config.optimiser.learningRate * schedule(progress.step);
          const isStep = accumulator.batches === config.accumulate;
          const gradientNorm = isStep ? makeStep(learningRate) : null;
          progress = {
            ...progress,
            step: progress.step + (isStep ? 1 : 0),
            epoch: batch.index + 1 < loader.batchesPerEpoch ? batch.epoch : batch.epoch + 1,
            index: batch.index + 1 < loader.batchesPerEpoch ? batch.index + 1 : 0,
            sinceValidation: progress.sinceValidation + 1,
            seconds: progress.seconds + (performance.now() - started) / 1000,
          };
          yield { ...result, progress, learningRate, gradientNorm };
          if (progress.step >= totalSteps) return;
        }
      }
    },
    update(change) {
      progress = { ...progress, ...change };
    },
    refuseNonFinite() {
      for (const [name, { data }] of [...weights.parameters, ...weights.buffers]) {
        if (!data.every(Number.isFinite)) throw notFinite(`step ${progress.step}: ${name} is not finite`);
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
    release: () => step.release(),
  };
}
