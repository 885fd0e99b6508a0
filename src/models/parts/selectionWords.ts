import { concat, embedding, gelu, layer, type Scope, type Value } from '../../engine/index.js';
import { linearLayer } from '../../nn/index.js';
import type { Words } from './pixelWordAttention.js';
import { queriedWords } from './queriedWords.js';

/** Width of their own vectors of words. */
const wordWidth = 64;

/** Queries that read the sentence: one may find the place, another the size, another the number. */
const queries = 4;

/** The sentence as the selection and MRSNet's modules read it. */
export interface SelectionWords extends Words {
  /** int64 [B, L] */
  readonly ids: Value;
  readonly vocabularySize: number;
}

/** Its words, read. */
export interface ReadWords {
  /** What the text encoder says of each word, and the word's own vector [B, L, Ct + C]. */
  readonly words: Value;
  /** The words' own vectors [B, L, C]. */
  readonly own: Value;
  /** [B, L, 1], 1 for words and 0 for padding. */
  readonly mask: Value;
}

/**
 * The words as they read them: each is what the text encoder says of it and a vector of its own. An encoder that
 * learns what things look like soon makes "left" and "right" nearly the same.
 */
export const readWords = layer((scope: Scope, { states, mask, ids, vocabularySize }: SelectionWords): ReadWords => {
  const table = scope.parameter('word_embeddings', [vocabularySize, wordWidth], {
    kind: 'normal',
    standardDeviation: 1,
  });
  const own = embedding(table, ids); // [B, L, wordWidth]
  return { words: concat([states, own], 2), own, mask };
});

/** What the sentence asks for: attention of a few learned queries over the words -> [B, width]. */
export const askedFor = layer(
  (scope: Scope, { words, mask }: ReadWords, width: number): Value =>
    gelu(linearLayer(scope.child('proj'), queriedWords(scope, words, mask, queries), { width })),
);
