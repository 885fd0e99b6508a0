import type { Loader, Sample } from '../datasets/index.js';
import { emptyRle, encodeRle, type Rle, rleResize } from '../masks/index.js';
import {
  type EncodedBatch,
  encodeBatch,
  logitOf,
  maskOfMargins,
  type Predictor,
  predictViews,
  probabilityOf,
  resizeMargins,
  turnPlanes,
  type ViewCount,
} from '../segmentation/index.js';
import type { EncodeOptions, Tokenizer } from '../text/index.js';
import type { Protocol, SampleScore } from './sampleScore.js';
import { createScorer, type ScoreResult, type Scorer, type Scores, type TargetScores } from './scorer.js';

/** Side that the published protocol scores at. */
export const publishedSizePx = 480;

/** `published`: prediction and truth at 480 x 480; `native`: the prediction resized back to the picture. */
export type ScoredSize = 'published' | 'native';

export interface EvaluationOptions {
  readonly protocol: Protocol;
  /** `both` scores each prediction at 480 x 480 and at native size. */
  readonly size?: ScoredSize | 'both';
  /** Probability from which a pixel is object; 0.5 is the argmax of the published models. */
  readonly threshold?: number;
  /** Probability of a target below which a model with a no-target head answers nothing. */
  readonly existsThreshold?: number;
  /** How often a picture is seen, mirrored and turned with the words: see `SegmentOptions`. */
  readonly views?: ViewCount;
  readonly maxWords: number;
  readonly tokenizer: Tokenizer;
  readonly encode?: EncodeOptions;
  /** What a sample's sentence rests on, where that is known. */
  readonly constructOf?: (sample: Sample) => string | undefined;
  /** Replaces a sample's sentence (the controls). */
  readonly sentenceOf?: (sample: Sample) => string;
  readonly signal?: AbortSignal;
  /** Called with each sample as it is scored: prediction and truth at the size scored, 480 x 480 where it is `both`. */
  readonly onSample?: (
    sample: Sample,
    predicted: Rle,
    score: SampleScore,
    probability: number | null,
    truth: Rle,
  ) => void | Promise<void>;
}

/** Scores at one size, with those by target size beside. */
export interface SizedScores {
  readonly scores: ScoreResult;
  readonly targets: TargetScores | null;
  /** By what the sentences rest on; empty where that is not known. */
  readonly constructs: Readonly<Record<string, Scores>>;
}

/** Scores of a dataset's samples. */
export interface Evaluation extends SizedScores {
  /** The scores at native size beside those at 480 x 480; null unless `both` were asked for. */
  readonly native: SizedScores | null;
  /** Sentences longer than the model reads. */
  readonly cutSentences: number;
}

const resultOf = (scorer: Scorer): SizedScores => ({
  scores: scorer.result(),
  targets: scorer.targetResult(),
  constructs: scorer.constructResult(),
});

/**
 * Runs a model over every sample that a loader gives (unshuffled, without augmentation, at the predictor's size and
 * batch) and scores it by a protocol of the field.
 */
export async function evaluateDataset(
  predictor: Predictor,
  loader: Loader,
  options: EvaluationOptions,
): Promise<Evaluation> {
  const { protocol, size = 'published', threshold = 0.5, existsThreshold = 0.5, views = 1, signal } = options;
  const { sizePx, batch } = predictor;
  const encode = (sentences: readonly string[]): EncodedBatch =>
    encodeBatch(options.tokenizer, sentences, options.maxWords, { ...options.encode, batch });
  const firstSize: ScoredSize = size === 'native' ? 'native' : 'published';
  const first = createScorer(protocol, { targetSizes: true });
  const native = size === 'both' ? createScorer(protocol, { targetSizes: true }) : null;
  let cutSentences = 0;
  for await (const { images, samples, sentences } of loader.epoch(0)) {
    signal?.throwIfAborted();
    const asked = options.sentenceOf ? samples.map(options.sentenceOf) : sentences;
    const encoded = encode(asked);
    cutSentences += encoded.truncated.filter(Boolean).length;
    const filled = new Float32Array(batch * 3 * sizePx ** 2);
    filled.set(images);
    const prediction = await predictViews(asked, views, (turn, turned) => {
      const { ids, wordMask } = turn === null ? encoded : encode(turned);
      return predictor.predict(turnPlanes(filled, sizePx, sizePx, turn), ids, wordMask, signal);
    });
    const { margins, marginHeight, marginWidth, alignCorners, exists } = prediction;
    for (const [row, sample] of samples.entries()) {
      const found = exists === null || exists[row] >= logitOf(existsThreshold);
      const map = margins.subarray(row * marginHeight * marginWidth, (row + 1) * marginHeight * marginWidth);
      const predictedAt = (height: number, width: number): Rle => {
        if (!found) return emptyRle(height, width);
        const resized = resizeMargins(map, [marginHeight, marginWidth], [height, width], alignCorners);
        return encodeRle(maskOfMargins(resized, logitOf(threshold)), height, width);
      };
      const own = sample.mask();
      const atSize = (scored: ScoredSize): { predicted: Rle; truth: Rle } => {
        if (scored === 'native') return { predicted: predictedAt(own.height, own.width), truth: own };
        const predicted = predictedAt(publishedSizePx, publishedSizePx);
        return { predicted, truth: rleResize(own, publishedSizePx, publishedSizePx) };
      };
      const known = { kind: sample.kind, category: sample.category, construct: options.constructOf?.(sample) };
      const { predicted, truth } = atSize(firstSize);
      const score = first.add({ ...known, predicted, truth });
      native?.add({ ...known, ...atSize('native') });
      const probability = exists === null ? null : probabilityOf(exists[row]);
      await options.onSample?.(sample, predicted, score, probability, truth);
    }
  }
  return { ...resultOf(first), native: native ? resultOf(native) : null, cutSentences };
}
