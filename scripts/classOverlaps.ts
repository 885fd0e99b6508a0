import { add, cast, constant, equal, max, mul, reshape, sub, sum, type Value } from '../src/engine/index.js';

/**
 * Overlap of what is chosen with what is there, of each class over a batch, for its IoU.
 * @param logits [B, K, h, w]
 * @param truth int64 [B, h, w]
 * @param counted 1 where a choice counts and 0 elsewhere [B, 1, h w]; all do when left out
 * @returns cells of each class [K]: chosen and there, chosen or there, there
 */
export function classOverlaps(
  logits: Value,
  truth: Value,
  counted?: Value,
): { readonly both: Value; readonly either: Value; readonly present: Value } {
  const [batch, classes, height, width] = logits.shape;
  const indices = Array.from({ length: classes }, (_, index) => index);
  const cells = reshape(truth, [batch, 1, height * width]);
  const isThere = cast(equal(cells, constant(indices, [1, classes, 1], 'int64')), 'float32');
  const isBest = cast(equal(logits, max(logits, [1], { keep: true })), 'float32');
  const best = reshape(isBest, [batch, classes, height * width]);
  const isChosen = counted ? mul(best, counted) : best;
  const both = sum(mul(isChosen, isThere), [0, 2]);
  const present = sum(isThere, [0, 2]);
  return { both, present, either: sub(add(sum(isChosen, [0, 2]), present), both) };
}
