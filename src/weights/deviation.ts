import {
  type CompiledFunction,
  compile,
  floatTensor,
  type HostTensor,
  integerTensor,
  type Runtime,
  type RuntimeOptions,
} from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { buildModel, type ReferringModel } from '../models/index.js';
import { createRandom } from '../random/index.js';
import { encodeSentence, type Tokenizer, type WordList } from '../text/index.js';

/** How far the answers of changed weights lie from those of the original. */
export interface Deviation {
  /** Largest difference of a logit over all pixels of all probes. */
  readonly largest: number;
  readonly mean: number;
  /** Smallest and largest logit of the original, to compare the difference with. */
  readonly range: readonly [number, number];
  /** Share of pixels that both call the same, object or background. */
  readonly agreement: number;
  readonly probes: number;
}

/** One picture and sentence to compare by. */
export interface Probe {
  /** float32 [3, S, S], normalised. */
  readonly image: Float32Array;
  /** [L] token ids and mask. */
  readonly ids: Int32Array;
  readonly wordMask: Float32Array;
}

const sentenceWords = 5;

/** A sentence of words that the model knows: frequent ones of its list, else of its vocabulary. */
function probeSentence(tokenizer: Tokenizer, seenWords: WordList | null, pick: (count: number) => number): string {
  const frequent = seenWords ? [...seenWords.counts.keys()].slice(0, 200) : [];
  const known =
    frequent.length > 0 ? frequent : [...tokenizer.vocabulary.keys()].filter((word) => /^[a-z]+$/.test(word));
  if (known.length === 0) return '';
  return Array.from({ length: sentenceWords }, () => known[pick(known.length)]).join(' ');
}

/**
 * Pictures of soft ground with flat rectangles on it, and sentences of words that the model knows: enough to tell what
 * a change of the weights does where no real pictures are at hand. Real ones tell more.
 */
export function drawProbes(
  model: ReferringModel,
  words: { readonly tokenizer: Tokenizer; readonly seenWords: WordList | null },
  count: number,
  seed = 1,
): Probe[] {
  const { imageSizePx: size, maxWords } = model.config;
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(seed, 'probe', String(index));
    const image = new Float32Array(3 * size * size);
    for (let channel = 0; channel < 3; channel++) {
      const [across, down, phase] = [random.uniform(1, 6), random.uniform(1, 6), random.uniform(0, 6)];
      for (let place = 0; place < size * size; place++) {
        const x = (place % size) / size;
        const y = Math.floor(place / size) / size;
        image[channel * size * size + place] = Math.sin(across * x + down * y + phase) + 0.2 * random.normal();
      }
    }
    for (let rectangle = 0; rectangle < 12; rectangle++) {
      const [left, top] = [random.uniform(0, 0.9), random.uniform(0, 0.9)].map((share) => Math.floor(share * size));
      const [width, height] = [random.uniform(0.02, 0.2), random.uniform(0.02, 0.2)].map((share) =>
        Math.max(2, Math.floor(share * size)),
      );
      const colour = [0, 1, 2].map(() => random.uniform(-2, 2));
      for (let y = top; y < Math.min(size, top + height); y++) {
        for (let x = left; x < Math.min(size, left + width); x++) {
          for (let channel = 0; channel < 3; channel++) image[(channel * size + y) * size + x] = colour[channel];
        }
      }
    }
    const pick = (choices: number): number => Math.floor(random.uniform(0, choices));
    const encoded = encodeSentence(words.tokenizer, probeSentence(words.tokenizer, words.seenWords, pick), maxWords);
    return { image, ids: encoded.ids, wordMask: Float32Array.from(encoded.mask) };
  });
}

/** Feeds of a model's graph (inputs `image`, `ids`, `mask`; batch 1) for a probe. */
export function feedsOf(model: ReferringModel, probe: Probe): Record<string, HostTensor> {
  const { imageSizePx: size, maxWords } = model.config;
  return {
    image: floatTensor(probe.image, [1, 3, size, size]),
    ids: integerTensor(probe.ids, [1, maxWords]),
    mask: floatTensor(probe.wordMask, [1, maxWords]),
  };
}

/** Compares two lists of logits [1, 2, H, W], one pair a probe. */
export function compareLogits(original: readonly Float32Array[], changed: readonly Float32Array[]): Deviation {
  let [largest, sum, count, alike] = [0, 0, 0, 0];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [index, want] of original.entries()) {
    const got = changed[index];
    const pixels = want.length / 2;
    for (let place = 0; place < want.length; place++) {
      const difference = Math.abs(got[place] - want[place]);
      // Math.max keeps what is not a number: a broken logit is no small deviation.
      largest = Math.max(largest, difference);
      sum += difference;
      low = Math.min(low, want[place]);
      high = Math.max(high, want[place]);
    }
    for (let pixel = 0; pixel < pixels; pixel++) {
      alike += want[pixels + pixel] > want[pixel] === got[pixels + pixel] > got[pixel] ? 1 : 0;
    }
    count += want.length;
  }
  return {
    largest,
    mean: sum / count,
    range: [low, high],
    agreement: alike / (count / 2),
    probes: original.length,
  };
}

const allFinite = (outputs: readonly Float32Array[]): boolean =>
  outputs.every((values) => values.every((value) => Number.isFinite(value)));

/**
 * Compares the outputs of a file that is about to replace another with those of the original, as `compareLogits` does.
 * @param about where the original came from, and the form of the weights in the file; left out where it is the original's
 * @throws UserError when either gives what is not a number, naming the model or the form as the cause
 */
export function soundDeviation(
  original: readonly Float32Array[],
  changed: readonly Float32Array[],
  { source, as }: { readonly source: string; readonly as?: 'int8' | 'half' },
): Deviation {
  if (!allFinite(original)) {
    throw new UserError(
      `${source}: the model itself gives what is not a number, so nothing was written: its weights are far too large (a training that went astray?); take another checkpoint`,
    );
  }
  if (!allFinite(changed)) {
    const cause = as ? `with its weights as ${as} ` : '';
    const next = as ? `; export it without --${as}` : '';
    throw new UserError(`${source}: ${cause}the model gives what is not a number, so nothing was written${next}`);
  }
  return compareLogits(original, changed);
}

/** The logits of a model with given weights for each probe: [1, 2, H, W]. Throws the signal's reason when it is aborted. */
export async function logitsOf(
  model: ReferringModel,
  weights: ReadonlyMap<string, HostTensor>,
  probes: readonly Probe[],
  { signal, ...options }: { runtime: Runtime; session?: RuntimeOptions; signal?: AbortSignal },
): Promise<Float32Array[]> {
  const { outputs } = buildModel(model, { batch: 1, training: false });
  const compiled: CompiledFunction = await compile({ logits: outputs.logits }, { ...options, weights });
  try {
    const results: Float32Array[] = [];
    for (const probe of probes) {
      signal?.throwIfAborted();
      const { logits } = await compiled.run(feedsOf(model, probe));
      results.push(Float32Array.from((logits as HostTensor).data as Float32Array));
    }
    return results;
  } finally {
    await compiled.release();
  }
}
