import {
  add,
  embedding,
  layer,
  mul,
  reshape,
  type Scope,
  sigmoid,
  slice,
  sub,
  sum,
  type Value,
} from '../../engine/index.js';
import { layerNormLayer, linearLayer, multilayerPerceptron, transformerWeights } from '../../nn/index.js';
import { multiHeadAttention } from './multiHeadAttention.js';
import { readTerms, unionOf } from './readTerms.js';
import type { SelectionWords } from './selectionWords.js';

const heads = 4;
const blocks = 2;

/** Before training a sentence names each class and term with sigmoid(-3), about a twentieth. */
const firstLogit = -3;

export interface ReadingSettings {
  readonly width: number;
}

/** What a sentence says, as logits of what it may say. */
export interface SentenceReading {
  /** Classes that are meant: "the *ship* next to the bridge" [B, classes]. */
  readonly targets: Value;
  /** Classes that these are measured against: "the ship next to the *bridge*" [B, classes]. */
  readonly anchors: Value;
  /** What is asked of those that are meant, `readTerms` [B, terms]. */
  readonly terms: Value;
  /** What is asked of those that they are measured against: "the ship next to the *longest* bridge" [B, terms]. */
  readonly anchorTerms: Value;
}

/**
 * Reads a sentence into what it asks for (this project's own, for any model): which classes, measured against which others,
 * where, how large, of what colour, which of several. A small pre-norm transformer with word vectors of its own, whose words
 * vote for each; it sees no picture and is taught by the forms that generated sentences come with
 * (`scripts/readingPretraining.ts`), not by masks.
 */
export const sentenceReading = layer(
  (
    scope: Scope,
    { ids, mask, vocabularySize }: Pick<SelectionWords, 'ids' | 'mask' | 'vocabularySize'>,
    classes: number,
    { width }: ReadingSettings,
  ): SentenceReading => {
    const [batch, length] = ids.shape;
    const table = scope.parameter('word_embeddings', [vocabularySize, width], { kind: 'normal', standardDeviation: 1 });
    const positions = scope.parameter('positions', [1, length, width], { kind: 'normal', standardDeviation: 0.3 });
    const hidden = reshape(mul(sub(mask, 1), 1e4), [batch, 1, 1, length]);
    let tokens = add(embedding(table, ids), positions); // [B, L, width]
    for (let index = 0; index < blocks; index++) {
      const own = scope.child('blocks').child(String(index));
      const normed = layerNormLayer(own.child('norm1'), tokens);
      tokens = add(tokens, multiHeadAttention(own.child('attention'), normed, normed, { width, heads, hidden }));
      const hiddenWidth = 2 * width;
      tokens = add(
        tokens,
        multilayerPerceptron(own.child('mlp'), layerNormLayer(own.child('norm2'), tokens), hiddenWidth),
      );
    }
    const read = mul(layerNormLayer(scope.child('norm'), tokens), mask);
    const voting = { width: 2 * (classes + readTerms.length), weights: transformerWeights, bias: false };
    const votes = add(sum(linearLayer(scope.child('votes'), read, voting), [1]), firstLogit); // [B, 2 (classes + terms)]
    const part = (start: number, count: number): Value => slice(votes, 1, start, count);
    return {
      targets: part(0, classes),
      anchors: part(classes, classes),
      terms: part(2 * classes, readTerms.length),
      anchorTerms: part(2 * classes + readTerms.length, readTerms.length),
    };
  },
);

/**
 * How surely the sentence asks for each term, 0 to 1 [B, terms]; not at all where it has several phrases: what one of them
 * asks for would rule out the things of the others.
 */
export function termsOfOnePhrase({ terms }: Pick<SentenceReading, 'terms'>): Value {
  const said = sigmoid(terms);
  return mul(said, sub(1, unionOf(said)));
}
