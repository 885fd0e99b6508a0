import { type EncodeOptions, encodeSentence, type Tokenizer } from '../text/index.js';

/** Sentences as a model takes them. */
export interface EncodedBatch {
  /** [B, L] token ids */
  readonly ids: Int32Array;
  /** [B, L] 1 for tokens, 0 for padding */
  readonly wordMask: Float32Array;
  readonly truncated: readonly boolean[];
  readonly unknownWords: readonly (readonly string[])[];
}

/** Encodes sentences side by side, each to `maxWords` tokens; a batch that is not full is padded with empty ones. */
export function encodeBatch(
  tokenizer: Tokenizer,
  sentences: readonly string[],
  maxWords: number,
  options: EncodeOptions & { batch?: number } = {},
): EncodedBatch {
  const batch = options.batch ?? sentences.length;
  const ids = new Int32Array(batch * maxWords);
  const wordMask = new Float32Array(batch * maxWords);
  const encoded = sentences.map((sentence) => encodeSentence(tokenizer, sentence, maxWords, options));
  const blank = encodeSentence(tokenizer, '', maxWords);
  for (let row = 0; row < batch; row++) {
    const one = encoded[row] ?? blank;
    ids.set(one.ids, row * maxWords);
    wordMask.set(one.mask, row * maxWords);
  }
  return {
    ids,
    wordMask,
    truncated: encoded.map(({ truncated }) => truncated),
    unknownWords: encoded.map(({ unknownWords }) => unknownWords),
  };
}
