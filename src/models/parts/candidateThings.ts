import {
  abs,
  add,
  cast,
  concat,
  constant,
  equal,
  expand,
  log,
  matmul,
  max,
  mul,
  neg,
  permute,
  relu,
  slice,
  sub,
  sum,
  tanh,
  type Value,
} from '../../engine/index.js';
import { largestOfCandidate } from './largestOfCandidate.js';
import { coordinatesAlong, halfSums } from './placesAlong.js';

/** Sides that things are counted from. */
export const candidateSides = ['left', 'right', 'top', 'bottom'] as const;

/** Ranks that are told apart: the first, the second ... from a side. */
export const candidateRanks = 8;

/** 1 at a rank, falling to 0 one rank beside it: for "the third" that a thing is the third, and nothing else, counts. */
function isRank(before: Value): Value {
  const own = constant(
    Array.from({ length: candidateRanks }, (_, rank) => rank + 0.5),
    [1, candidateRanks, 1, 1],
  );
  return relu(sub(1, abs(sub(before, own)))); // [B, 8, h, w]
}

/** Things as whole ones: what all cells of a candidate know alike. */
export interface CandidateThings {
  /** For each of `candidateSides` and each rank whether the thing has it, counted from there [B, 32, h, w]. */
  readonly rank: Value;
  /** Middle and size of its box, its size relative to the largest and the smallest thing [B, 6, h, w]. */
  readonly box: Value;
  /** Logarithm of the number of things [B, 1, 1, 1]. */
  readonly amount: Value;
  /** 1 in the cell at the middle of each thing [B, 1, h, w]. */
  readonly stands: Value;
  /** There how surely the thing is one, 0 elsewhere [B, 1, h, w]. */
  readonly things: Value;
  /** Logarithm of the size of its box [B, 1, h, w]. */
  readonly size: Value;
}

/** Cells that may be of what a sentence means or measures against. */
export interface Candidates {
  /** Logits, above 0 where there is one [B, 1, h, w]. */
  readonly found: Value;
  /** 1 or 0 [B, 1, h, w]. */
  readonly isCandidate: Value;
}

/**
 * Counts candidates as things: a connected candidate gets a box, one cell at its middle stands for it, and these cells are
 * counted from each side. Shares of the area, which a large thing has more of, cannot tell "the third from the left".
 */
export function candidateThings({ found, isCandidate }: Candidates): CandidateThings {
  const largestOf = (values: Value): Value => largestOfCandidate(values, isCandidate);
  const [batch, , height, width] = found.shape;
  const shape = [batch, 1, height, width];
  const x = expand(coordinatesAlong(width), shape);
  const y = expand(permute(coordinatesAlong(height), [0, 1, 3, 2]), shape);
  const surest = relu(found);
  // Coordinates are from -1 to 1, and what is compared has to be above 0.
  const extremes = largestOf(concat([add(x, 2), sub(2, x), add(y, 2), sub(2, y), surest], 1)); // [B, 5, h, w]
  const extreme = (which: number): Value => slice(extremes, 1, which, 1);
  const across = mul(sub(extreme(0), extreme(1)), 0.5);
  const down = mul(sub(extreme(2), extreme(3)), 0.5);
  const wide = add(sub(add(extreme(0), extreme(1)), 4), 2 / width);
  const high = add(sub(add(extreme(2), extreme(3)), 4), 2 / height);

  // The cell next to the box's middle stands for the thing; of equally near ones the one that a small slope prefers.
  const offMiddle = add(abs(sub(x, across)), abs(sub(y, down)));
  const slope = add(mul(x, 1e-3), mul(y, 3e-4));
  const nearness = mul(sub(add(slope, 3), offMiddle), isCandidate);
  const stands = mul(cast(equal(nearness, largestOf(nearness)), 'float32'), isCandidate);
  const things = mul(stands, tanh(extreme(4))); // [B, 1, h, w]: what is hardly a candidate hardly counts

  const columns = sum(things, [2], { keep: true }); // [B, 1, 1, w]
  const rows = permute(sum(things, [3], { keep: true }), [0, 1, 3, 2]); // [B, 1, 1, h]
  const fromLeft = matmul(columns, halfSums(width));
  const fromTop = matmul(rows, halfSums(height));
  const total = sum(things, [2, 3], { keep: true });
  const counts = [
    expand(fromLeft, shape),
    expand(sub(total, fromLeft), shape),
    expand(permute(fromTop, [0, 1, 3, 2]), shape),
    expand(permute(sub(total, fromTop), [0, 1, 3, 2]), shape),
  ];
  const before = largestOf(mul(concat(counts, 1), stands)); // [B, 4, h, w]
  const rank = concat(
    counts.map((_, side) => mul(isRank(slice(before, 1, side, 1)), isCandidate)),
    1,
  );

  const size = log(mul(add(wide, 1 / width), add(high, 1 / height)));
  const hidden = mul(sub(1, things), 20);
  const largest = max(sub(size, hidden), [2, 3], { keep: true });
  const smallest = neg(max(neg(add(size, hidden)), [2, 3], { keep: true }));
  const bounded = (value: Value): Value => mul(tanh(mul(value, 0.5)), isCandidate);
  const box = concat(
    [across, down, wide, high]
      .map((value) => mul(value, isCandidate))
      .concat([bounded(sub(size, largest)), bounded(sub(size, smallest))]),
    1,
  );
  return { rank, box, amount: log(add(total, 1)), stands, things, size };
}

/** Counts the candidates of several maps, each by itself but in one go: a session needs a moment for each of its nodes. */
export function thingsOfEach(maps: readonly Candidates[]): CandidateThings[] {
  if (maps.length === 1) return [candidateThings(maps[0])];
  const all = candidateThings({
    found: concat(
      maps.map(({ found }) => found),
      0,
    ),
    isCandidate: concat(
      maps.map(({ isCandidate }) => isCandidate),
      0,
    ),
  });
  return maps.map(({ found: { shape } }, index) => {
    const own = (value: Value): Value => slice(value, 0, index * shape[0], shape[0]);
    return {
      rank: own(all.rank),
      box: own(all.box),
      amount: own(all.amount),
      stands: own(all.stands),
      things: own(all.things),
      size: own(all.size),
    };
  });
}
