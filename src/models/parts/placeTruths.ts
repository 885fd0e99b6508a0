import { abs, concat, maximum, mul, neg, sigmoid, slice, sub, type Value } from '../../engine/index.js';

/** How sharply a place begins: logits a half side of the map. */
const sharpness = 16;

/** Where places begin, as coordinates from -1 to 1, between what `refersat generate` surely takes for them and surely not. */
const limits = { half: -0.1, outer: -0.35, middleBand: 0.36, edge: -0.91 };

/**
 * Whether each thing lies at each of `readPlaces`, 0 to 1, from the middle and size of its box.
 * @param box of each cell's thing: across, down (-1 .. 1), width, height, and whatever follows [B, 4 or more, h, w]
 * @returns [B, 22, h, w]
 */
export function placeTruths(box: Value): Value {
  const [across, down, wide, high] = [0, 1, 2, 3].map((which) => slice(box, 1, which, 1)); // [B, 1, h, w] each
  const isBelow = (value: Value, limit: number): Value => sigmoid(mul(sub(limit, value), sharpness));
  const sidesFrom = (limit: number): Value[] => [across, neg(across), down, neg(down)].map((at) => isBelow(at, limit));
  const [left, right, top, bottom] = sidesFrom(limits.half);
  const [outerLeft, outerRight, outerTop, outerBottom] = sidesFrom(limits.outer);
  const middleAcross = isBelow(abs(across), limits.middleBand);
  const middleDown = isBelow(abs(down), limits.middleBand);
  const corners = [
    mul(outerTop, outerLeft),
    mul(outerTop, outerRight),
    mul(outerBottom, outerLeft),
    mul(outerBottom, outerRight),
  ];
  const touchesEdge = (middle: Value, size: Value): Value => isBelow(sub(middle, mul(size, 0.5)), limits.edge);
  return concat(
    [
      left,
      right,
      top,
      bottom,
      mul(top, left),
      mul(top, right),
      mul(bottom, left),
      mul(bottom, right),
      mul(middleAcross, middleDown),
      mul(top, middleAcross),
      mul(bottom, middleAcross),
      mul(left, middleDown),
      mul(right, middleDown),
      corners.reduce(maximum),
      ...corners,
      touchesEdge(across, wide),
      touchesEdge(neg(across), wide),
      touchesEdge(down, high),
      touchesEdge(neg(down), high),
    ],
    1,
  );
}
