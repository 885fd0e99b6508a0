import { cast, input, reshape, type Scope, type Value } from '../src/engine/index.js';
import { bert, type ModelConfig } from '../src/models/index.js';
import type { SelectionWords } from '../src/models/parts/selectionWords.js';

/**
 * Sentences as the selection of a model reads them, for scripts that teach parts of it without a picture: the inputs `ids`
 * [B, L] and `mask` [B, L] through the model's text encoder.
 * @param scope the model's
 */
export function askedWords(scope: Scope, { text, maxWords }: ModelConfig, batch: number): SelectionWords {
  const ids = input('ids', [batch, maxWords], 'int64');
  const mask: Value = input('mask', [batch, maxWords]);
  const states = bert(scope.child('text_encoder'), ids, mask, text);
  return {
    states: states[states.length - 1],
    mask: cast(reshape(mask, [batch, maxWords, 1]), 'float32'),
    ids,
    vocabularySize: text.vocabularySize,
  };
}
