import { UserError } from '../errors/index.js';
import { isPunctuation } from './bertNormaliser.js';
import type { Tokenizer } from './tokenizer.js';
import type { WordList } from './wordList.js';

/** A sentence as a text encoder takes it. */
export interface EncodedSentence {
  /** [maxTokens] token ids: [CLS], the pieces, [SEP], then [PAD]. */
  readonly ids: Int32Array;
  /** [maxTokens] 1 for a token, 0 for padding. */
  readonly mask: Uint8Array;
  /** How many tokens the sentence has without the limit, [CLS] and [SEP] included. */
  readonly tokenCount: number;
  /** Whether pieces were cut off because the sentence has more than maxTokens. Tell the user. */
  readonly truncated: boolean;
  /** Distinct words that the model has never seen, in their order in the sentence; punctuation is left out. */
  readonly unknownWords: readonly string[];
}

/** The settings of `encodeSentence`. */
export interface EncodeOptions {
  /**
   * The words of the training set. With it a word is unknown when it is not in the list; without, when some part of it
   * has no token.
   */
  readonly seenWords?: WordList;
  /**
   * Says of a word that it should be split into pieces even where it is a token itself. Training splits a few known
   * words at random, so that pieces mean something when an unknown word needs them.
   */
  readonly splitWord?: (word: string) => boolean;
}

/**
 * Encodes a sentence. A long one is cut before [SEP], which always stays.
 * @param maxTokens the length of the result, [CLS] and [SEP] included; referring papers use 20
 * @throws UserError when maxTokens leaves no room for a word
 */
export function encodeSentence(
  tokenizer: Tokenizer,
  sentence: string,
  maxTokens: number,
  { seenWords, splitWord }: EncodeOptions = {},
): EncodedSentence {
  if (!Number.isInteger(maxTokens) || maxTokens < 3)
    throw new UserError(`a sentence of ${maxTokens} tokens has no room for a word between [CLS] and [SEP]: at least 3`);
  const { vocabulary, specialIds, model } = tokenizer;
  const pieces = tokenizer.tokens(sentence, splitWord);
  const kept = Math.min(pieces.length, maxTokens - 2);
  const ids = new Int32Array(maxTokens).fill(specialIds.padding);
  ids[0] = specialIds.start;
  for (let index = 0; index < kept; index++) ids[index + 1] = vocabulary.get(pieces[index]) ?? specialIds.unknown;
  ids[kept + 1] = specialIds.end;
  const mask = new Uint8Array(maxTokens).fill(1, 0, kept + 2);
  const unknown = new Set<string>();
  for (const word of tokenizer.words(sentence)) {
    if (isPunctuation(word) || tokenizer.addedTokens.includes(word)) continue;
    const seen = seenWords ? seenWords.counts.has(word) : !tokenizer.tokens(word).includes(model.unknownToken);
    if (!seen) unknown.add(word);
  }
  return {
    ids,
    mask,
    tokenCount: pieces.length + 2,
    truncated: kept < pieces.length,
    unknownWords: [...unknown],
  };
}
