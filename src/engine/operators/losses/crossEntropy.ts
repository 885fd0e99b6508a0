import { constant } from '../../leaves.js';
import { naming } from '../../operator.js';
import { elementCount, sameShape, type Value } from '../../value.js';
import { abs, div, mul, neg, sub } from '../arithmetic.js';
import { cast, equal, logicalAnd, logicalNot, where } from '../comparison.js';
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
  const places = elementCount(target.shape.slice(1));
  const pairs = reshape(logits, [batch, 2, places]); // [B, 2, P]
  const weights = reshape(signedWeights(target, classWeights, ignoreIndex), [batch, 1, places]);
  return div(logisticLoss(pairs, weights), sum(abs(weights)));
}

/**
 * Weighted cross-entropy of class logits: sum over all positions of w[t] (-log softmax)[t], divided by the sum of w[t].
 * @param logits [B, C, ...]
 * @param target int64 [B, ...]: class of each position, or the index to ignore; any other number outside of the classes
 *   is ignored too. All ignored gives NaN, as does a mean of nothing
 * @returns []
 */
export function crossEntropy(logits: Value, target: Value, options: CrossEntropyOptions = {}): Value {
  const [batch, classes, ...places] = logits.shape;
  const { weight, ignoreIndex = -100 } = options;
  naming('crossEntropy', [logits, target], () => {
    if (target.type !== 'int64' || !sameShape(target.shape, [batch, ...places]))
      throw new Error(`the target needs to be int64 [${[batch, ...places].join(', ')}]`);
    if (weight && weight.length !== classes) throw new Error(`${weight.length} class weights for ${classes} classes`);
  });
  const isPair = classes === 2 && elementCount(target.shape) > 0 && (!weight || weight.every((value) => value >= 0));
  if (isPair) return binaryLogits(logits, target, weight, ignoreIndex);
  const spatial = places.map(() => 1);
  const opened = reshape(target, [batch, 1, ...places]);
  const order = constant(
    Int32Array.from({ length: classes }, (_, index) => index),
    [1, classes, ...spatial],
    'int64',
  );
  const isClass = equal(opened, order);
  const counts = ignoreIndex >= 0 && ignoreIndex < classes;
  const chosen = counts ? logicalAnd(isClass, logicalNot(equal(opened, ignoreIndex))) : isClass;
  const classWeights = weight && constant(weight, [1, classes, ...spatial]);
  const weighed = (value: Value): Value => (classWeights ? mul(value, classWeights) : value);
  // w[t] (logsumexp - logit[t]) as one sum over classes and positions. Chosen, not multiplied by 0 or 1: a class that is
  // ruled out has the logit minus infinity.
  const surprise = where(chosen, sub(logSumExp(logits, [1], { keep: true }), logits), 0);
  return div(sum(weighed(surprise)), sum(weighed(cast(chosen, 'float32'))));
}
