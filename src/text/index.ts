export type { BertNormaliserOptions } from './bertNormaliser.js';
export { emptySentenceProblem, isEmptySentence } from './emptySentence.js';
export { type EncodedSentence, type EncodeOptions, encodeSentence } from './encodeSentence.js';
export {
  type SpecialIds,
  type Tokenizer,
  tokenizerConfigJson,
  tokenizerFromJson,
  tokenizerFromVocabulary,
  tokenizerToJson,
} from './tokenizer.js';
export { buildVocabulary, type VocabularyOptions } from './vocabulary.js';
export { countWords, type WordList, wordListFromText, wordListToText } from './wordList.js';
export type { WordPieceModel } from './wordPiece.js';
