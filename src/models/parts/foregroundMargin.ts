import { concat, mul, slice, sub, type Value } from '../../engine/index.js';

/** How far the object's logit lies above the background's: logits [B, 2, h, w] -> [B, 1, h, w]. */
export const foregroundMargin = (logits: Value): Value => sub(slice(logits, 1, 1, 1), slice(logits, 1, 0, 1));

/** Logits [B, 2, h, w] of which the object's lie `half` [B, 1, h, w] above 0 and the background's as far below. */
export const opposedLogits = (half: Value): Value => concat([mul(half, -1), half], 1);
