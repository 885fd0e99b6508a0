import type { Value } from '../../value.js';
import { softplus } from '../activation.js';
import { add, mul, neg, sub } from '../arithmetic.js';
import { exp } from '../exponential.js';
import { mean } from '../reduction.js';
import { requireSameShape } from './binaryCrossEntropy.js';

/**
 * Mean focal loss (Lin et al. 2017, equation 5) of binary logits: -alpha_t (1 - p_t)^gamma log p_t, where p_t is the
 * probability of the true side and alpha_t is alpha for positives, 1 - alpha for negatives.
 * @param logits any shape
 * @param target float32 of the same shape, 0 or 1
 * @param options.alpha 0.25 by default; null weighs both sides alike
 * @param options.gamma 2 by default; 0 gives cross-entropy
 * @returns []
 */
export function focalLoss(
  logits: Value,
  target: Value,
  options: { readonly alpha?: number | null; readonly gamma?: number } = {},
): Value {
  requireSameShape('focalLoss', logits, target);
  const { alpha = 0.25, gamma = 2 } = options;
  // The logit of the true side: 1 - p_t = exp(-softplus(s)) and -log p_t = softplus(-s) never overflow.
  const side = mul(logits, sub(mul(target, 2), 1));
  const surprise = softplus(neg(side));
  const focused = gamma === 0 ? surprise : mul(surprise, exp(mul(softplus(side), -gamma)));
  return mean(alpha === null ? focused : mul(focused, add(mul(target, 2 * alpha - 1), 1 - alpha)));
}
