import { constant } from '../../leaves.js';
import { describeType, sameShape, type Value } from '../../value.js';
import { softplus } from '../activation.js';
import { add, div, mul, sub } from '../arithmetic.js';
import { cast, equal, logicalAnd, logicalNot } from '../comparison.js';
import { reshape, split, zerosLike } from '../layout.js';
import { logSumExp, sum } from '../reduction.js';

export interface CrossEntropyOptions {
  /** Weight of each class, C of them; all 1 when left out. */
  readonly weight?: readonly number[];
  /** Target value that counts for nothing; -100 by default, as in PyTorch. */
  readonly ignoreIndex?: number;
}

/**
 * The same for two classes, from the difference of their logits: -log softmax[t] = softplus(z_other - z_t). Half the
 * numbers, and a gradient of one sigmoid.
 */
function binaryLogits(
  logits: Value,
  target: Value,
  [backgroundWeight, objectWeight]: readonly number[] = [1, 1],
  ignoreIndex: number,
): Value {
  const [batch, , ...places] = logits.shape;
  const [first, second] = split(logits, 1, [1, 1]); // [B, 1, ...]
  const difference = sub(second, first);
  const opened = reshape(target, [batch, 1, ...places]);
  const isClass = (index: number): Value =>
    index === ignoreIndex ? zerosLike(difference) : cast(equal(opened, index), 'float32');
  const [background, object] = [isClass(0), isClass(1)];
  // An ignored position has no side and no weight: softplus(0) times 0.
  const losses = softplus(mul(difference, sub(background, object)));
  const weights = add(mul(background, backgroundWeight), mul(object, objectWeight));
  return div(sum(mul(weights, losses)), sum(weights));
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
  if (classes === 2 && (!weight || weight.length === 2)) return binaryLogits(logits, target, weight, ignoreIndex);
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
