import { slice, sub, type Value } from '../../engine/index.js';

/** How far the object's logit lies above the background's: logits [B, 2, h, w] -> [B, 1, h, w]. */
export const foregroundMargin = (logits: Value): Value => sub(slice(logits, 1, 1, 1), slice(logits, 1, 0, 1));
