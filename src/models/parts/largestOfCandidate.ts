import { maxPool, mul, type Value } from '../../engine/index.js';

/** Rounds in which what one cell of a candidate knows reaches the others, a cell a round. */
const rounds = 20;

/**
 * The largest value among the cells of the same connected candidate (within as many cells as there are rounds), so that a
 * thing is chosen as a whole.
 * @param values of at least 0 [B, C, h, w]
 * @param isCandidate 1 or 0 [B, 1, h, w]
 */
export function largestOfCandidate(values: Value, isCandidate: Value): Value {
  let largest = mul(values, isCandidate);
  for (let round = 0; round < rounds; round++) {
    largest = mul(maxPool(largest, { kernel: 3, stride: 1, padding: 1 }), isCandidate);
  }
  return largest;
}
