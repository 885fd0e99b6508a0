import { maximum, maxPool, mul, pad, resizeNearest, sub, type Value } from '../../engine/index.js';

/**
 * Rounds, a cell each, in which what one cell of a candidate knows reaches the others, before and behind the rounds on the
 * next coarser grid, of cells twice as wide.
 */
const levels = [
  { before: 12, behind: 6 },
  { before: 10, behind: 4 },
  { before: 16, behind: 0 },
] as const;

/** The largest of each square of four cells; of an odd last row or column nothing is told. */
const halved = (map: Value): Value => maxPool(map, { kernel: 2, stride: 2, padding: 0 });

/** Each cell as a square of four, to a size that may have an odd last row or column, of nothing. */
function doubled(map: Value, [, , height, width]: readonly number[]): Value {
  const [, , rows, columns] = map.shape;
  const larger = resizeNearest(map, [2 * rows, 2 * columns]);
  return pad(pad(larger, 2, 0, height - 2 * rows), 3, 0, width - 2 * columns);
}

/** What cells know reaches the others of their candidate: on the grid of a level, and through it on coarser ones. */
function spreadWithin(values: Value, isCandidate: Value, level: number): Value {
  const { before, behind } = levels[level];
  const spread = (from: Value, rounds: number): Value => {
    let largest = from;
    for (let round = 0; round < rounds; round++) {
      largest = mul(maxPool(largest, { kernel: 3, stride: 1, padding: 1 }), isCandidate);
    }
    return largest;
  };
  const [, , height, width] = values.shape;
  const near = spread(mul(values, isCandidate), before);
  if (level + 1 === levels.length || Math.min(height, width) < 4) return spread(near, behind);
  const isWhole = sub(1, halved(sub(1, isCandidate)));
  const far = spreadWithin(halved(near), isWhole, level + 1);
  return spread(maximum(near, doubled(far, values.shape)), behind);
}

/**
 * The largest value among the cells of the same connected candidate, so that a thing is chosen as a whole. What is wide goes
 * on from square to square of cells that are all its own, where steps are longer: connected squares are connected cells, so
 * that nothing reaches another candidate. In what is thin it reaches some twenty cells, in what is wide about a hundred.
 * @param values of at least 0 [B, C, h, w]
 * @param isCandidate 1 or 0 [B, 1, h, w]
 */
export const largestOfCandidate = (values: Value, isCandidate: Value): Value => spreadWithin(values, isCandidate, 0);
