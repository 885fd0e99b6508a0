import { constant } from '../../leaves.js';
import { describeType, sameShape, type Value } from '../../value.js';
import { sigmoid } from '../activation.js';
import { add, div, mul, sub } from '../arithmetic.js';
import { cast, equal } from '../comparison.js';
import { reshape } from '../layout.js';
import { mean, sum } from '../reduction.js';
import { softmax } from '../softmax.js';
import { requireSameShape } from './binaryCrossEntropy.js';

export interface DiceOptions {
  /** Added above and below, so that an empty target with an empty prediction is no loss; 1e-6 by default. */
  readonly smooth?: number;
  /** How the losses of samples and classes become one; `sum` for classes, `mean` for the binary form by default. */
  readonly reduction?: 'sum' | 'mean';
}

/** 1 - (2 sum p t + smooth) / (sum p + sum t + smooth) over the given axes. */
function overlapLoss(probabilities: Value, target: Value, axes: readonly number[], smooth: number): Value {
  const common = sum(mul(probabilities, target), axes);
  const sizes = add(sum(probabilities, axes), sum(target, axes));
  return sub(1, div(add(mul(common, 2), smooth), add(sizes, smooth)));
}

/**
 * Dice loss (Milletari et al. 2016) of class logits: probabilities by softmax over classes against the one-hot target,
 * one loss per sample and class (background too) over its positions, summed over samples and classes.
 * @param logits [B, C, ...]
 * @param target int64 [B, ...]
 * @returns []
 */
export function diceLoss(logits: Value, target: Value, options: DiceOptions = {}): Value {
  const [batch, classes, ...places] = logits.shape;
  if (target.type !== 'int64' || !sameShape(target.shape, [batch, ...places])) {
    throw new Error(
      `diceLoss: the target is ${describeType(target)}; expected int64 [${[batch, ...places].join(', ')}] for logits ${describeType(logits)}`,
    );
  }
  const { smooth = 1e-6, reduction = 'sum' } = options;
  const order = constant(
    Int32Array.from({ length: classes }, (_, index) => index),
    [1, classes, ...places.map(() => 1)],
    'int64',
  );
  const chosen = cast(equal(reshape(target, [batch, 1, ...places]), order), 'float32');
  const axes = places.map((_, axis) => axis + 2);
  const losses = overlapLoss(softmax(logits, 1), chosen, axes, smooth);
  return reduction === 'sum' ? sum(losses) : mean(losses);
}

/**
 * Dice loss of one foreground class: probabilities by sigmoid, one loss per sample over all its other axes, averaged.
 * @param logits [B, ...]
 * @param target float32 of the same shape, 0 .. 1
 * @returns []
 */
export function binaryDice(logits: Value, target: Value, options: DiceOptions = {}): Value {
  requireSameShape('binaryDice', logits, target);
  const { smooth = 1e-6, reduction = 'mean' } = options;
  const axes = logits.shape.map((_, axis) => axis).slice(1);
  const losses = overlapLoss(sigmoid(logits), target, axes, smooth);
  return reduction === 'sum' ? sum(losses) : mean(losses);
}
