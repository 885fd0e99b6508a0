import { describeType, sameShape, type Value } from '../../value.js';
import { softplus } from '../activation.js';
import { add, mul, neg, sub } from '../arithmetic.js';
import { mean } from '../reduction.js';

/**
 * Mean binary cross-entropy of logits, computed without overflow: (1 - t) z + (1 + (p - 1) t) softplus(-z).
 * @param logits any shape
 * @param target float32 of the same shape, 0 .. 1
 * @param options.positiveWeight weight p of the positive term; 1 by default
 * @param options.weight weights of the elements, broadcast over the logits; the mean is over all elements
 * @returns []
 */
export function binaryCrossEntropyWithLogits(
  logits: Value,
  target: Value,
  options: { readonly positiveWeight?: number; readonly weight?: Value } = {},
): Value {
  requireSameShape('binaryCrossEntropyWithLogits', logits, target);
  const { positiveWeight = 1, weight } = options;
  const surprise = softplus(neg(logits));
  const weighted = positiveWeight === 1 ? surprise : mul(surprise, add(mul(target, positiveWeight - 1), 1));
  const losses = add(mul(sub(1, target), logits), weighted);
  return mean(weight ? mul(losses, weight) : losses);
}

/** Throws an Error that names both when logits and target differ in shape or type. */
export function requireSameShape(what: string, logits: Value, target: Value): void {
  if (target.type === logits.type && sameShape(logits.shape, target.shape)) return;
  throw new Error(`${what}: the target is ${describeType(target)}; expected ${describeType(logits)} like the logits`);
}
