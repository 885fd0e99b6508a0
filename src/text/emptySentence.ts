import { normaliseForBert, splitBertWords } from './bertNormaliser.js';
import { uncasedNormaliser } from './tokenizer.js';

/**
 * Whether a sentence says nothing: no word is left of it once control and format characters (a zero-width space) are
 * dropped and white space is split at, as every tokeniser of BERT's kind does. Punctuation counts as words.
 */
export const isEmptySentence = (sentence: string): boolean =>
  splitBertWords(normaliseForBert(sentence, uncasedNormaliser)).length === 0;

/** What messages say of such a sentence. */
export const emptySentenceProblem = 'the sentence is empty; say what to find: "the red car"';
