import { constant } from '../../leaves.js';
import { describeType, sameShape, type Value } from '../../value.js';
import { abs, div, mul, neg, sub } from '../arithmetic.js';
import { cast, equal, logicalAnd, logicalNot } from '../comparison.js';
import { reshape } from '../layout.js';
import { logSumExp, sum } from '../reduction.js';
import { logisticLoss } from './logisticLoss.js';

export interface CrossEntropyOptions {
  /** Weight of each class, C of them; all 1 when left out. */
  readonly weight?: readonly number[];
  /** Target value that counts for nothing; -100 by default, as in PyTorch. */
  readonly ignoreIndex?: number;
}

/**
 * The weight of each position, negative for an object, 0 where it is ignored; in units of the background's, which a
 * weighted mean does not see, unless that is 0.
 */
function signedWeights(target: Value, classWeights: readonly number[], ignoreIndex: number): Value {
  const [ofBackground, ofObject] = classWeights.map((weight, index) => (index === ignoreIndex ? 0 : weight));
  const isClass = (index: number): Value => cast(equal(target, index), 'float32');
  if (ofObject === 0) return ofBackground === 0 ? mul(isClass(0), 0) : isClass(0);
  if (ofBackground === 0) return neg(isClass(1));
  return sub(isClass(0), mul(isClass(1), ofObject / ofBackground));
}

/**
 * The same for two classes, from the difference of their logits: -log softmax[t] = softplus(z_other - z_t). Half the
 * numbers, and a gradient of one sigmoid.
 */
function binaryLogits(
  logits: Value,
  target: Value,
  classWeights: readonly number[] = [1, 1],
  ignoreIndex: number,
): Value {
  const [batch] = logits.shape;
  const pairs = reshape(logits, [batch, 2, -1]); // [B, 2, P]
  const weights = reshape(signedWeights(target, classWeights, ignoreIndex), [batch, 1, pairs.shape[2]]);
  return div(logisticLoss(pairs, weights), sum(abs(weights)));
}

/**
 * Weighted cross-entropy of class logits: sum over all positions of w[t] (-log softmax)[t], divided by the sum of w[t].
 * @param logits [B, C, ...]
 * @param target int64 [B, ...]: class of each position, or the index to ignore; all ignored gives NaN, as does a mean
 *   of nothing
 * @returns []
 */
export function crossEntropy(logits: Value, target: Value, options: CrossEntropyOptions = {}): Value {
  const [batch, classes, ...places] = logits.shape;
  if (target.type !== 'int64' || !sameShape(target.shape, [batch, ...places])) {
    throw new Error(
      `crossEntropy: the target is ${describeType(target)}; expected int64 [${[batch, ...places].join(', ')}] for logits ${describeType(logits)}`,
    );
  }
  const { weight, ignoreIndex = -100 } = options;
  const isPair = classes === 2 && (!weight || (weight.length === 2 && weight.every((value) => value >= 0)));
  if (isPair) return binaryLogits(logits, target, weight, ignoreIndex);
  if (weight && weight.length !== classes) {
    throw new Error(`crossEntropy: ${weight.length} class weights for ${classes} classes`);
  }
  const spatial = places.map(() => 1);
  const opened = reshape(target, [batch, 1, ...places]);
  const order = constant(
    Int32Array.from({ length: classes }, (_, index) => index),
    [1, classes, ...spatial],
    'int64',
  );
  const isClass = equal(opened, order);
  const counts = ignoreIndex >= 0 && ignoreIndex < classes;
  const chosen = cast(counts ? logicalAnd(isClass, logicalNot(equal(opened, ignoreIndex))) : isClass, 'float32');
  const weighted = weight ? mul(chosen, constant(weight, [1, classes, ...spatial])) : chosen;
  // w[t] (logsumexp - logit[t]) as one sum over classes and positions.
  const total = sum(mul(weighted, sub(logSumExp(logits, [1], { keep: true }), logits)));
  return div(total, sum(weighted));
}
