import {
  add,
  cast,
  concat,
  div,
  greater,
  layer,
  linear,
  log,
  mean,
  relu,
  reshape,
  type Scope,
  stopGradient,
  type Value,
  zeros,
} from '../../engine/index.js';
import { foregroundMargin } from './foregroundMargin.js';

/** Below this share of the picture an answer counts as no smaller: a fifth of a cell of 48 x 48. */
const smallestShare = 1e-4;

/**
 * What an answer shows of itself.
 * @param logits [B, 2, h, w], the finished ones
 * @returns how sure the pixels of the answer are on average (0 where it is empty), and the logarithm of its share of the
 *   picture [B, 2]
 */
export const answerTraits = layer((_scope: Scope, logits: Value): Value => {
  const [batch] = logits.shape;
  const margin = foregroundMargin(logits); // [B, 1, h, w]
  const share = reshape(mean(cast(greater(margin, 0), 'float32'), [2, 3]), [batch, 1]);
  const sure = reshape(mean(relu(margin), [2, 3]), [batch, 1]);
  return concat([div(sure, add(share, 1e-6)), log(add(share, smallestShare))], 1);
});

/**
 * Lets the answer itself speak in the decision whether there is a target (this project's own, for any model with a
 * no-target head): a faint or tiny answer is more often wrong. It does not change the answer, and begins at no effect.
 * @param logits [B, 2, h, w], the finished ones
 * @returns what to add to the logit of "there is a target" [B, 1]
 */
export const answerEvidence = layer((scope: Scope, logits: Value): Value => {
  const weight = scope.parameter('weight', [1, 2], zeros);
  return linear(stopGradient(answerTraits(scope, logits)), weight);
});
