import type { Place, Relation, Side } from './logicalForm.js';
import { boxGap, outlineDistance, type PreparedScene, type Shape, shareInside } from './shapes.js';
import { atMost, both, either, type Truth } from './truth.js';

/*
 * Place and relation with margins. Every rule has a sharp reading (in docs/generator.md); the thresholds here lie on
 * both sides of it, so that what is certain here is so under the sharp reading too, and under a neighbour's eye.
 */

/** Interval [low, high] with centre `middle` along an axis of length `size`: is it in the near (left, top) part? */
function nearSide(middle: number, low: number, high: number, size: number): Truth {
  const m = middle / size;
  if (m <= 0.36 && high / size <= 0.6) return 1;
  if (m >= 0.55 && low / size >= 0.3) return 0;
  return 0.5;
}

/** Is it in the middle band of the axis? */
function middleBand(middle: number, low: number, high: number, size: number): Truth {
  const off = Math.abs(middle / size - 0.5);
  if (off <= 0.12 && (high - low) / size <= 0.5) return 1;
  if (off >= 0.24 && (low / size >= 0.5 || high / size <= 0.5)) return 0;
  return 0.5;
}

/** Is it in the outer part of the axis, as a corner means it? */
function outerSide(middle: number, low: number, high: number, size: number): Truth {
  const m = middle / size;
  if (m <= 0.25 && high / size <= 0.42) return 1;
  if (m >= 0.4 && low / size >= 0.2) return 0;
  return 0.5;
}

/** Does it touch the edge at the axis's start, or nearly? */
function atEdge(low: number, high: number, size: number): Truth {
  if (low / size <= 0.015 && high / size <= 0.35) return 1;
  return low / size >= 0.08 ? 0 : 0.5;
}

type Axis = (middle: number, low: number, high: number, size: number) => Truth;

function along(rule: Axis, side: Side, shape: Shape, scene: PreparedScene): Truth {
  const { width, height } = scene;
  switch (side) {
    case 'left':
      return rule(shape.cx, shape.x1, shape.x2, width);
    case 'right':
      return rule(width - shape.cx, width - shape.x2, width - shape.x1, width);
    case 'top':
      return rule(shape.cy, shape.y1, shape.y2, height);
    case 'bottom':
      return rule(height - shape.cy, height - shape.y2, height - shape.y1, height);
  }
}

const edgeRule: Axis = (_middle, low, high, size) => atEdge(low, high, size);

const cornerSides = {
  topLeft: ['top', 'left'],
  topRight: ['top', 'right'],
  bottomLeft: ['bottom', 'left'],
  bottomRight: ['bottom', 'right'],
} as const;
type CornerName = keyof typeof cornerSides;

/** Is the object at that place of the picture? Land cover is spread over it, so always borderline. */
export function isAtPlace(scene: PreparedScene, shape: Shape, place: Place): Truth {
  if (shape.object.cover) return 0.5;
  const half = (side: Side): Truth => along(nearSide, side, shape, scene);
  const middle = (side: Side): Truth => along(middleBand, side, shape, scene);
  const corner = (name: CornerName): Truth =>
    both(along(outerSide, cornerSides[name][0], shape, scene), along(outerSide, cornerSides[name][1], shape, scene));
  switch (place) {
    case 'left':
    case 'right':
    case 'top':
    case 'bottom':
      return half(place);
    case 'topLeft':
    case 'topRight':
    case 'bottomLeft':
    case 'bottomRight':
      return both(half(cornerSides[place][0]), half(cornerSides[place][1]));
    case 'centre':
      return both(middle('left'), middle('top'));
    case 'topCentre':
      return both(half('top'), middle('left'));
    case 'bottomCentre':
      return both(half('bottom'), middle('left'));
    case 'leftCentre':
      return both(half('left'), middle('top'));
    case 'rightCentre':
      return both(half('right'), middle('top'));
    case 'corner':
      return either(corner('topLeft'), corner('topRight'), corner('bottomLeft'), corner('bottomRight'));
    case 'topLeftCorner':
    case 'topRightCorner':
    case 'bottomLeftCorner':
    case 'bottomRightCorner':
      return corner(place.slice(0, -'Corner'.length) as CornerName);
    case 'leftEdge':
    case 'rightEdge':
    case 'topEdge':
    case 'bottomEdge':
      return along(edgeRule, place.slice(0, -'Edge'.length) as Side, shape, scene);
  }
}

/** Distance up to which two things are near each other: about the mean of their lengths, within 2 to 8% of the diagonal. */
export function nearReach(scene: PreparedScene, a: Shape, b: Shape): number {
  const reach = 0.4 * (a.length + b.length);
  return Math.min(Math.max(reach, 0.02 * scene.diagonal), 0.08 * scene.diagonal);
}

/** Near, next to, beside: the outlines are within reach. What overlaps is `on`, not near: borderline. */
export function isNear(scene: PreparedScene, a: Shape, b: Shape): Truth {
  const reach = nearReach(scene, a, b);
  if (boxGap(a, b) >= 2 * reach) return 0;
  if (shareInside(scene, a, b) > 0.05 || shareInside(scene, b, a) > 0.05 || standsOn(a, b) || standsOn(b, a))
    return 0.5;
  return outlineDistance(scene, a, b) <= reach ? 1 : 0.5;
}

const standsOn = (a: Shape, b: Shape): boolean => a.object.on?.includes(b.object.id) ?? false;

/** On or in: the scene says so, or its mask lies inside the anchor's. */
export function isOn(scene: PreparedScene, a: Shape, b: Shape): Truth {
  if (standsOn(a, b)) return 1;
  const share = shareInside(scene, a, b);
  const masked = a.object.mask !== null && b.object.mask !== null;
  // A much larger thing is not "on" a small one, even where it is inside its outline.
  if (share >= 0.85 && masked && b.object.areaPx >= 1.5 * a.object.areaPx) return 1;
  if (share > 0.1 || boxGap(a, b) === 0) {
    // A plane on an apron whose mask leaves the plane out: inside the box, touching the mask.
    return masked && share <= 0.1 && outlineDistance(scene, a, b) > 0.5 * a.length ? 0 : 0.5;
  }
  return 0;
}

/** To the left: left of the anchor's box, and more beside than above or below it. The other sides by symmetry. */
export function isOnSideOf(scene: PreparedScene, a: Shape, b: Shape, side: Side): Truth {
  if (a.object.cover || b.object.cover) return 0.5;
  const horizontal = side === 'left' || side === 'right';
  const flip = side === 'right' || side === 'bottom' ? -1 : 1;
  const centre = horizontal ? a.cx : a.cy;
  const across = horizontal ? a.cy : a.cx;
  const facing = horizontal ? (flip === 1 ? b.x1 : b.x2) : flip === 1 ? b.y1 : b.y2;
  const behind = horizontal ? (flip === 1 ? b.x2 : b.x1) : flip === 1 ? b.y2 : b.y1;
  const far = horizontal ? (flip === 1 ? a.x2 : a.x1) : flip === 1 ? a.y2 : a.y1;
  const low = horizontal ? b.y1 : b.x1;
  const high = horizontal ? b.y2 : b.x2;
  const extent = horizontal ? a.width : a.height;
  const minimum = 0.01 * (horizontal ? scene.width : scene.height);
  const ahead = (facing - centre) * flip;
  const aside = Math.max(0, low - across, across - high);
  if (ahead >= minimum && aside <= 0.55 * ahead && (facing - far) * flip >= -0.1 * extent) return 1;
  if ((centre - behind) * flip >= 0) return 0;
  if (aside >= 1.8 * Math.abs(ahead) && aside > 0 && aside >= 0.5 * (horizontal ? a.height : a.width)) return 0;
  return 0.5;
}

/** One relation between two different objects. */
export function isRelated(scene: PreparedScene, a: Shape, b: Shape, relation: Relation): Truth {
  switch (relation) {
    case 'leftOf':
      return isOnSideOf(scene, a, b, 'left');
    case 'rightOf':
      return isOnSideOf(scene, a, b, 'right');
    case 'above':
      return isOnSideOf(scene, a, b, 'top');
    case 'below':
      return isOnSideOf(scene, a, b, 'bottom');
    case 'near':
      return isNear(scene, a, b);
    case 'on':
      return isOn(scene, a, b);
  }
}

/** Between: beside the middle part of the line that joins the two anchors' centres. */
export function isBetween(scene: PreparedScene, a: Shape, b: Shape, c: Shape): Truth {
  if (a.object.cover || b.object.cover || c.object.cover) return 0.5;
  const dx = c.cx - b.cx;
  const dy = c.cy - b.cy;
  const span = Math.hypot(dx, dy);
  if (span < 0.03 * scene.diagonal || Math.max(b.width, b.height, c.width, c.height) > 0.9 * span) return 0.5;
  const along = ((a.cx - b.cx) * dx + (a.cy - b.cy) * dy) / (span * span);
  const aside = Math.abs((a.cx - b.cx) * dy - (a.cy - b.cy) * dx) / (span * span);
  if (along <= 0 || along >= 1 || aside >= 0.5) return 0;
  const fits = Math.max(a.width, a.height) <= span;
  return fits && along >= 0.25 && along <= 0.75 && aside <= 0.2 ? 1 : 0.5;
}

/** Widest angle, in degrees, without any of the given directions. 360 where there is one or none. */
function widestGap(degrees: readonly number[]): number {
  if (degrees.length < 2) return 360;
  const sorted = [...degrees].sort((a, b) => a - b);
  let widest = sorted[0] + 360 - sorted[sorted.length - 1];
  for (let index = 1; index < sorted.length; index++) widest = Math.max(widest, sorted[index] - sorted[index - 1]);
  return widest;
}

/** Surrounded: near things of the kind on all sides, four or more. `members` holds each with how surely it is one. */
export function isSurrounded(
  scene: PreparedScene,
  a: Shape,
  members: readonly { readonly shape: Shape; readonly truth: Truth }[],
): Truth {
  const sure: number[] = [];
  const possible: number[] = [];
  for (const { shape, truth } of members) {
    if (shape === a || truth === 0) continue;
    const near = isNear(scene, a, shape);
    if (near === 0) continue;
    const degrees = (Math.atan2(shape.cy - a.cy, shape.cx - a.cx) * 180) / Math.PI;
    possible.push(degrees);
    if (near === 1 && truth === 1 && !shape.object.cover) sure.push(degrees);
  }
  if (sure.length >= 4) return atMost(widestGap(sure), 125, 360);
  return possible.length < 3 || widestGap(possible) >= 190 ? 0 : 0.5;
}

/** Things shorter than this do not show where their front is. */
const leastHeadingPx = 10;

/** Heading within 25 degrees of a side; certainly not beyond 60. Objects without a front are borderline. */
export function isHeading(shape: Shape, toward: Side): Truth {
  const heading = shape.object.headingDegrees;
  if (heading === undefined || shape.object.clipped || shape.length < leastHeadingPx) return 0.5;
  const wanted = { top: 0, right: 90, bottom: 180, left: 270 }[toward];
  const off = Math.abs(((heading - wanted + 540) % 360) - 180);
  return atMost(off, 25, 60);
}
