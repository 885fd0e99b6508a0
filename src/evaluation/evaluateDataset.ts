import type { Loader, Sample } from '../datasets/index.js';
import { emptyRle, encodeRle, type Rle, rleResize } from '../masks/index.js';
import { encodeBatch, maskOfMargins, type Predictor, resizeMargins } from '../segmentation/index.js';
import type { EncodeOptions, Tokenizer } from '../text/index.js';
import type { Protocol, SampleScore } from './sampleScore.js';
import { createScorer, type ScoreResult, type TargetScores } from './scorer.js';

/** Side that the published protocol scores at. */
export const publishedSizePx = 480;

export interface EvaluationOptions {
  readonly protocol: Protocol;
  /** `published`: prediction and truth at 480 x 480; `native`: the prediction resized back to the picture. */
  readonly size?: 'published' | 'native';
  /** Probability from which a pixel is object; 0.5 is the argmax of the published models. */
  readonly threshold?: number;
  /** Probability of a target below which a model with a no-target head answers nothing. */
  readonly existsThreshold?: number;
  readonly maxWords: number;
  readonly tokenizer: Tokenizer;
  readonly encode?: EncodeOptions;
  /** Replaces a sample's sentence (the controls). */
  readonly sentenceOf?: (sample: Sample) => string;
  readonly signal?: AbortSignal;
  /** Called with each sample and its prediction as it is scored. */
  readonly onSample?: (
    sample: Sample,
    predicted: Rle,
    score: SampleScore,
    probability: number | null,
  ) => void | Promise<void>;
}

/** Scores of a dataset's samples, with those by target size beside. */
export interface Evaluation {
  readonly scores: ScoreResult;
  readonly targets: TargetScores | null;
}

const logit = (probability: number): number => Math.log(probability / (1 - probability));

/**
 * Runs a model over every sample that a loader gives (unshuffled, without augmentation, at the predictor's size and
 * batch) and scores it by a protocol of the field.
 */
export async function evaluateDataset(
  predictor: Predictor,
  loader: Loader,
  options: EvaluationOptions,
): Promise<Evaluation> {
  const { protocol, size = 'published', threshold = 0.5, existsThreshold = 0.5, tokenizer, maxWords } = options;
  const scorer = createScorer(protocol, { targetSizes: true });
  const pixels = 3 * predictor.sizePx ** 2;
  for await (const { images, samples, sentences } of loader.epoch(0)) {
    options.signal?.throwIfAborted();
    const asked = options.sentenceOf ? samples.map(options.sentenceOf) : sentences;
    const { ids, wordMask } = encodeBatch(tokenizer, asked, maxWords, { ...options.encode, batch: predictor.batch });
    const filled = new Float32Array(predictor.batch * pixels);
    filled.set(images);
    const prediction = await predictor.predict(filled, ids, wordMask, options.signal);
    const { margins, marginHeight, marginWidth, exists } = prediction;
    for (const [row, sample] of samples.entries()) {
      const [height, width] =
        size === 'native' ? [sample.image.height, sample.image.width] : [publishedSizePx, publishedSizePx];
      const found = exists === null || exists[row] >= logit(existsThreshold);
      const map = margins.subarray(row * marginHeight * marginWidth, (row + 1) * marginHeight * marginWidth);
      const predicted = found
        ? encodeRle(
            maskOfMargins(resizeMargins(map, marginHeight, marginWidth, height, width), logit(threshold)),
            height,
            width,
          )
        : emptyRle(height, width);
      const own = sample.mask();
      const truth = size === 'native' ? own : rleResize(own, height, width);
      const scored = scorer.add({ kind: sample.kind, category: sample.category, predicted, truth });
      const probability = exists === null ? null : 1 / (1 + Math.exp(-exists[row]));
      await options.onSample?.(sample, predicted, scored, probability);
    }
  }
  return { scores: scorer.result(), targets: scorer.targetResult() };
}
