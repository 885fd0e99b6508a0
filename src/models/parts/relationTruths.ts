import {
  add,
  concat,
  constant,
  log,
  matmul,
  max,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  sigmoid,
  slice,
  sub,
  tanh,
  type Value,
} from '../../engine/index.js';
import type { CandidateThings } from './candidateThings.js';
import { largestOfCandidate } from './largestOfCandidate.js';
import { isFirst } from './thingTruths.js';

/*
 * Distances are shares of the map's side. The limits lie between what `refersat generate` surely takes for a relation and
 * what it surely does not (docs/generator.md).
 */

/** What a distance is measured with: the short one exactly, up to half a side; the long one roughly, up to two. */
const reaches = { short: 0.009, long: 0.03 };
const faintest = 1e-30;

/** Distances from a cell, and how far aside of it something may lie there, as shares of the map's side. */
interface Band {
  readonly from: number;
  readonly to: number;
  readonly aside: number;
}

/** What lies on a side of a thing: at most as far aside as it is ahead. */
const sideBands: readonly Band[] = [
  { from: 0, to: 0.1, aside: 0.05 },
  { from: 0.1, to: 0.3, aside: 0.2 },
  { from: 0.3, to: 1, aside: 0.6 },
];

/** What lies between two things has them on opposite sides, however far aside. */
const halfBands: readonly Band[] = [{ from: 0.01, to: 1, aside: 1 }];

/** What a thing lies on shows on three of its sides at least, close to its middle. */
const groundBands: readonly Band[] = [{ from: 0, to: 0.06, aside: 0.012 }];

/** A matrix of what two places of a line have to do with each other, by how far the second lies behind the first, in sides. */
function betweenPlaces(size: number, weightAt: (behind: number) => number): Value {
  // Of each distance there is one number: a line of them, moved on by one from row to row.
  const weights = Float32Array.from({ length: 2 * size - 1 }, (_, at) => weightAt((at - size + 1) / size));
  const data = new Float32Array(size * size);
  for (let row = 0; row < size; row++) data.set(weights.subarray(size - 1 - row, 2 * size - 1 - row), row * size);
  return constant(data, [size, size]);
}

/** What lies around each cell, less of it the farther away along rows and columns. */
function spread(map: Value, reach: number): Value {
  const [, , height, width] = map.shape;
  const matrix = (size: number): Value => betweenPlaces(size, (behind) => Math.exp(-Math.abs(behind) / reach));
  return matmul(matmul(matrix(height), map), matrix(width));
}

/** How near each cell is to the anchors: 2 less the distance [B, 1, h, w]. */
const closenessOf = (sure: Value, reach: number): Value =>
  relu(add(mul(log(add(spread(sure, reach), faintest)), reach), 2));

/**
 * Whether there are anchors on the left, on the right, above and below of each cell, 0 to 1 [B, 1, h, w] each.
 * @param enough so much of a map of 120 x 120 cells is most of an anchor
 */
function anchorsOnSides(anchor: Value, bands: readonly Band[], enough: number): Value[] {
  const [, , height, width] = anchor.shape;
  const ofBands = bands.map(({ from, to, aside }) => {
    const isBehind = (size: number): Value => betweenPlaces(size, (behind) => Number(behind > from && behind <= to));
    const isAside = (size: number): Value => betweenPlaces(size, (behind) => Number(Math.abs(behind) <= aside));
    const along = matmul(isAside(height), anchor); // what lies in each cell's rows
    const across = matmul(anchor, isAside(width)); // and in its columns
    const [rightward, downward] = [isBehind(width), isBehind(height)];
    return [
      matmul(along, rightward),
      matmul(along, rightward, { transposeB: true }),
      matmul(downward, across, { transposeA: true }),
      matmul(downward, across),
    ];
  });
  return [0, 1, 2, 3].map((side) => {
    const cells = ofBands.map((sides) => sides[side]).reduce(add);
    return tanh(mul(cells, 14400 / (enough * height * width)));
  });
}

/** Where what the sentence measures things against lies, and whether it says which of them. */
export interface Anchors {
  /** How surely cells are of them, 0 to 1 [B, 1, h, w]. */
  readonly share: Value;
  readonly counted: CandidateThings;
  /** 1 or 0 [B, 1, h, w]. */
  readonly isAnchor: Value;
  /** Whether one of several is told, 0 to 1 [B, 1, 1, 1]. */
  readonly isTold: Value;
}

/**
 * Whether each thing stands in each of `readRelations` to what the sentence measures it against, 0 to 1. What is measured
 * against is in none to itself.
 * @param isCandidate 1 or 0 [B, 1, h, w]
 * @returns [B, 12, h, w]
 */
export function relationTruths(
  { share, counted: anchors, isAnchor }: Anchors,
  { stands, things, box, size }: CandidateThings,
  isCandidate: Value,
): Value {
  const sure = mul(share, 0.5);
  const sides = anchorsOnSides(sure, sideBands, 2);
  const ground = anchorsOnSides(sure, groundBands, 1).reduce(add);
  const [west, east, north, south] = anchorsOnSides(sure, halfBands, 2);
  const isBetween = maximum(mul(west, east), mul(north, south));
  const ofMiddle = mul(concat([ground, ...sides, isBetween, isAnchor], 1), stands);
  const distances = [reaches.short, reaches.long].map((reach) => closenessOf(sure, reach));
  const whole = largestOfCandidate(concat([...distances, ofMiddle], 1), isCandidate); // [B, 9, h, w]
  const [close, roughlyClose, on, left, right, above, below, between, isItself] = Array.from({ length: 9 }, (_, at) =>
    slice(whole, 1, at, 1),
  );
  const side = mul(maximum(slice(box, 1, 2, 1), slice(box, 1, 3, 1)), 0.5); // the thing's longer side
  const reach = minimum(maximum(mul(side, 0.9), 0.04), 0.15);
  const alone = (one: Value, opposite: Value): Value => mul(one, sub(1, opposite));
  const others = mul(things, sub(1, isItself));
  // Of several anchors the largest is measured with; without one every thing is larger.
  const passed = mul(anchors.stands, isAnchor);
  const beyond = sub(size, max(sub(anchors.size, mul(sub(1, passed), 20)), [2, 3], { keep: true }));
  const truths = concat(
    [
      // What has the anchor on its right is to the left of it.
      alone(right, left),
      alone(left, right),
      alone(below, above),
      alone(above, below),
      sigmoid(mul(sub(add(close, reach), 2), 100)),
      sigmoid(mul(sub(on, 2.5), 6)),
      between,
      mul(mul(left, right), mul(above, below)),
      isFirst(close, others, isCandidate, 30),
      isFirst(neg(roughlyClose), others, isCandidate, 15),
      sigmoid(mul(beyond, 6)),
      sigmoid(mul(neg(beyond), 6)),
    ],
    1,
  );
  return mul(truths, mul(sub(1, isItself), isCandidate));
}
