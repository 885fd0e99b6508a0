import type { Value } from '../value.js';
import { addAll, mul } from './arithmetic.js';
import { expand } from './layout.js';

/**
 * The gradient of what a norm read, with what its statistics hand on: they have gradients of their own where a gradient is
 * differentiated again, since the first one reads them.
 * @param own through the norm's result; null where the statistics alone are read
 * @param centred what the norm read, less its mean
 * @param count elements that one statistic is made of
 * @param gMean gradient of the mean, and `gVariance` of the biased variance, with shapes that broadcast over `centred`
 */
export function withStatistics(
  own: Value | null,
  centred: Value,
  count: number,
  { gMean, gVariance }: { readonly gMean: Value | null; readonly gVariance: Value | null },
): Value {
  const ofMean = gMean && expand(mul(gMean, 1 / count), centred.shape);
  const ofVariance = gVariance && mul(centred, mul(gVariance, 2 / count));
  return addAll([own, ofMean, ofVariance].filter((part) => part !== null));
}
