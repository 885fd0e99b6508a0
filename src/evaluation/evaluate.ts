import { resolve } from 'node:path';
import {
  createLoader,
  type Dataset,
  imagePath,
  type Language,
  openDataset,
  type Sample,
  sentenceConstructs,
} from '../datasets/index.js';
import type { Runtime } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import type { Rle } from '../masks/index.js';
import { type Device, providersOf } from '../runtimes/providers.js';
import { createPredictor, findModelFolder, modelName, type Predictor, type ViewCount } from '../segmentation/index.js';
import { type Checkpoint, loadCheckpoint } from '../weights/index.js';
import { type ChosenSample, type ChosenSet, chooseSamples } from './chooseSamples.js';
import { type Control, type ControlledSentences, controlSentences } from './controls.js';
import { type Evaluation, evaluateDataset, type ScoredSize } from './evaluateDataset.js';
import { type EvaluationReport, reportOf } from './evaluationReport.js';
import type { Protocol, SampleScore } from './sampleScore.js';
import { createScorer } from './scorer.js';

/** One sample of an evaluation, as it is scored. */
export interface EvaluatedSample {
  /** Unique among the evaluated samples; with several sets the set's name stands before the sample's own id. */
  readonly id: string;
  readonly sample: Sample;
  /** The picture's file. */
  readonly imagePath: string;
  /** The sentence asked: the sample's own, or a control's. */
  readonly sentence: string;
  /** Prediction and truth at the size scored; at 480 x 480 where it is `both`. */
  readonly predicted: Rle;
  readonly truth: Rle;
  readonly score: SampleScore;
  /** Probability that there is a target; null for a model without that head. */
  readonly probability: number | null;
}

export interface EvaluateOptions {
  readonly protocol: Protocol;
  /** Split to evaluate; `val` by default. */
  readonly split?: string;
  /** `published` (default): at 480 x 480; `native`: at the picture's size; `both`: the first, with the second beside. */
  readonly size?: ScoredSize | 'both';
  readonly language?: Language | 'all';
  /** At most so many samples, drawn by `seed`. */
  readonly limit?: number;
  /** Of `limit` and of `shuffled`; 0 by default. */
  readonly seed?: number;
  /** Asks other sentences, so that one sees whether the model reads: see `Control`. */
  readonly control?: Control;
  /** Probability from which a pixel is object; 0.5 by default. */
  readonly threshold?: number;
  /** Probability of a target below which a model with a no-target head answers nothing; 0.5 by default. */
  readonly existsThreshold?: number;
  /** How often a picture is seen, mirrored and turned with the words: see `SegmentOptions`. */
  readonly views?: ViewCount;
  /** Samples that the network runs at once; 1 by default. */
  readonly batch?: number;
  /** Threads of the runtime; all cores when left out. */
  readonly threads?: number;
  readonly device?: Device;
  /** Takes numbers too small for full precision for 0, in the whole process: see `LoadOptions`. */
  readonly flushDenormals?: boolean;
  /** Another runtime than onnxruntime-node. */
  readonly runtime?: Runtime;
  /** `stop` (default) throws at a broken record or picture, `skip` leaves it out and counts it. */
  readonly onBroken?: 'stop' | 'skip';
  /** Told once of each picture that is damaged and used as far as it can be read. */
  readonly onDamaged?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** Called with each sample as it is scored, in the sets' order. */
  readonly onSample?: (evaluated: EvaluatedSample) => void | Promise<void>;
  /** Called after each prediction; a control predicts the samples that it changes twice. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Scores a model on the samples of a split by a protocol of the field: over all of them, by kind, category, size of the
 * target and, in generated releases, by what the sentence rests on. A control asks the samples that it changes twice, by their own sentence and by the control's, and reports
 * both.
 * @param model a shipped model's name, a checkpoint folder, a run folder, or a checkpoint in memory
 * @param data folders of releases, or opened datasets
 * @throws UserError when the model, the data or the split are not there, or a picture is broken; the signal's reason
 *   when it is aborted
 */
export async function evaluate(
  model: string | Checkpoint,
  data: string | Dataset | readonly (string | Dataset)[],
  options: EvaluateOptions,
): Promise<EvaluationReport> {
  const { split = 'val', seed = 0, signal, control } = options;
  const checkpoint = typeof model === 'string' ? await loadCheckpoint(findModelFolder(model)) : model;
  const datasets = await openAll(typeof data === 'string' || 'samples' in data ? [data] : data, options);
  const sets = chooseSamples(datasets, { split, limit: options.limit, seed });
  const chosen = sets.flatMap(({ samples }) => samples);
  const controlled = control === undefined ? null : controlSentences(chosen, control, seed);
  const asked = controlled ? only(sets, (sample) => controlled.asked.has(sample)) : sets;
  const changed = controlled ? only(sets, (sample) => controlled.changed.has(sample)) : [];
  const total = countOf(asked) + countOf(changed);

  // Before the run, which goes through the samples twice under a control.
  const constructs: Constructs = new Map();
  for (const { dataset } of sets) constructs.set(dataset, await sentenceConstructs(dataset, signal));
  const run = await startRun(checkpoint, Math.min(options.batch ?? 1, countOf(asked)), constructs, options);
  try {
    let done = 0;
    const step = (): void => options.onProgress?.(++done, total);
    const own = changed.length === 0 ? null : await run.evaluate(changed, null, step);
    const changedScorer = createScorer(options.protocol);
    const evaluation = await run.evaluate(asked, controlled, async (evaluated, sample) => {
      const { predicted, truth } = evaluated;
      const { kind, category } = evaluated.sample;
      if (controlled?.changed.has(sample)) changedScorer.add({ kind, category, predicted, truth });
      step();
      await options.onSample?.(evaluated);
    });
    signal?.throwIfAborted();
    return reportOf(evaluation, {
      size: options.size ?? 'published',
      model: {
        name: modelName(typeof model === 'string' ? model : model.source),
        model: checkpoint.model.config.model,
        preset: checkpoint.model.config.preset,
        imageSizePx: checkpoint.model.config.imageSizePx,
      },
      data: sets.map(({ name, samples }) => ({ name, samples: samples.length })),
      split,
      control:
        control !== undefined && controlled && own
          ? {
              name: control,
              changed: controlled.changed.size,
              leftOut: controlled.leftOut,
              own: own.scores.all,
              asked: changedScorer.result().all,
            }
          : null,
      settings: {
        language: options.language ?? 'all',
        limit: options.limit ?? null,
        seed,
        threshold: options.threshold ?? 0.5,
        existsThreshold: options.existsThreshold ?? 0.5,
        views: options.views ?? 1,
      },
      broken: {
        pictures: run.broken.size,
        records: datasets.reduce((sum, { skipped = 0 }) => sum + skipped, 0),
      },
    });
  } finally {
    await run.release();
  }
}

/** Opens folders; one that is named twice is evaluated once. */
async function openAll(data: readonly (string | Dataset)[], options: EvaluateOptions): Promise<Dataset[]> {
  if (data.length === 0) throw new UserError('no data set to evaluate on: name at least one');
  const wanted = new Set(data.map((one) => (typeof one === 'string' ? resolve(one) : one)));
  const datasets: Dataset[] = [];
  for (const one of wanted) {
    options.signal?.throwIfAborted();
    const { language, onBroken, signal } = options;
    datasets.push(typeof one === 'string' ? await openDataset(one, { language, faulty: onBroken, signal }) : one);
  }
  return datasets;
}

const countOf = (sets: readonly ChosenSet[]): number => sets.reduce((sum, { samples }) => sum + samples.length, 0);

/** The sets with the samples that fit; those without any are left out. */
const only = (sets: readonly ChosenSet[], fits: (sample: ChosenSample) => boolean): ChosenSet[] =>
  sets.map((set) => ({ ...set, samples: set.samples.filter(fits) })).filter(({ samples }) => samples.length > 0);

/** A dataset with some of its samples alone; what else it has is not touched, since annotations are made when asked. */
const withSamples = (dataset: Dataset, samples: readonly Sample[]): Dataset =>
  Object.create(dataset, { samples: { value: samples, enumerable: true } }) as Dataset;

/** What the sentences of each set rest on, by the number of the sentence; null for a set that does not say it. */
type Constructs = Map<Dataset, ReadonlyMap<number, string> | null>;

type OnEvaluated = (evaluated: EvaluatedSample, chosen: ChosenSample) => void | Promise<void>;

interface EvaluationRun {
  /** Scores every sample of the sets by its own sentence, or by a control's. */
  evaluate(
    sets: readonly ChosenSet[],
    controlled: ControlledSentences | null,
    onEvaluated: OnEvaluated,
  ): Promise<Evaluation>;
  /** Pictures that could not be read, with the reason. */
  readonly broken: ReadonlyMap<string, string>;
  release(): Promise<void>;
}

/** Compiles the model once for several passes over samples. */
async function startRun(
  checkpoint: Checkpoint,
  batch: number,
  constructs: Constructs,
  options: EvaluateOptions,
): Promise<EvaluationRun> {
  const { device = 'cpu', threads, flushDenormals, signal } = options;
  const runtime = options.runtime ?? (await import('../runtimes/onnxruntimeNode.js')).onnxruntimeNode;
  const { config } = checkpoint.model;
  const predictor: Predictor = await createPredictor(checkpoint.model, {
    weights: checkpoint.weights,
    runtime,
    batch,
    session: { threads, providers: providersOf(device), flushDenormals },
  });
  const broken = new Map<string, string>();
  const told = new Set<string>();
  /** A control goes over the same pictures again. */
  const tellOnce = (message: string, path: string): void => {
    if (told.has(path)) return;
    told.add(path);
    options.onDamaged?.(message);
  };
  return {
    async evaluate(sets, controlled, onEvaluated) {
      const chosenOf = new Map(sets.flatMap(({ samples }) => samples).map((chosen) => [chosen.sample, chosen]));
      const sentenceOf = (sample: Sample): string => {
        const chosen = chosenOf.get(sample);
        return (chosen && controlled?.asked.get(chosen)) ?? sample.sentence;
      };
      const constructOf = (sample: Sample): string | undefined => {
        const dataset = chosenOf.get(sample)?.dataset;
        return dataset && constructs.get(dataset)?.get(sample.sentenceId ?? -1);
      };
      const sources = sets.map(({ dataset, samples }) => ({
        dataset: withSamples(
          dataset,
          samples.map(({ sample }) => sample),
        ),
      }));
      const loader = createLoader(sources, {
        sizePx: config.imageSizePx,
        batch,
        seed: options.seed ?? 0,
        onBroken: options.onBroken,
        onDamaged: tellOnce,
        normalise: config.pixels === 'unit' ? 'rgb255' : 'imagenet',
        // Sentences about a picture stand side by side, so that a few pictures in memory are enough.
        cacheMegabytes: 256,
        signal,
      });
      try {
        const evaluation = await evaluateDataset(predictor, loader, {
          protocol: options.protocol,
          size: options.size,
          threshold: options.threshold,
          existsThreshold: options.existsThreshold,
          views: options.views,
          tokenizer: checkpoint.tokenizer,
          maxWords: config.maxWords,
          constructOf,
          sentenceOf,
          signal,
          onSample(sample, predicted, score, probability, truth) {
            const chosen = chosenOf.get(sample);
            if (!chosen) return undefined;
            const sentence = sentenceOf(sample);
            const path = imagePath(chosen.dataset, sample.image);
            const { id } = chosen;
            return onEvaluated({ id, sample, imagePath: path, sentence, predicted, truth, score, probability }, chosen);
          },
        });
        if (evaluation.scores.all.samples === 0) {
          const [reason = 'no reason given'] = loader.broken.values();
          throw new UserError(`none of the samples has a picture that can be read; the first: ${reason}`);
        }
        return evaluation;
      } finally {
        for (const [path, reason] of loader.broken) broken.set(path, reason);
        await loader.close();
      }
    },
    broken,
    release: () => predictor.release(),
  };
}
