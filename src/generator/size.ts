import type { Shape } from './shapes.js';
import type { Truth } from './truth.js';

/*
 * Size is visible area. Where one of the things compared has a box only, boxes are compared. A thing that the border
 * or another thing cuts has at least its visible size, so it can be surely large and never surely small.
 */

const isCut = ({ object }: Shape): boolean => object.clipped || object.occluded === true;

const boxArea = ({ width, height }: Shape): number => Math.max(1, width * height);

/** A measure by which the given things can be compared with each other. */
export function comparableSize(shapes: readonly Shape[]): (shape: Shape) => number {
  return shapes.every(({ object }) => object.mask !== null) ? ({ object }) => Math.max(1, object.areaPx) : boxArea;
}

/** How much larger "large" is than the median of the other things of the kind: certainly so, certainly not. */
const largeRatio = { yes: 1.75, no: 1.3 };
/** How much larger one thing must be for "larger", "largest". */
export const clearRatio = 1.3;
/** A cut thing below this share of another's size is smaller whatever was cut off. */
const negligibleShare = 0.3;

type Mates = readonly { readonly shape: Shape; readonly truth: Truth }[];

/** Sizes of all things of a kind, sorted; null where one is land cover or may not belong. */
interface KindSizes {
  readonly sorted: readonly number[];
  readonly size: (shape: Shape) => number;
  readonly cut: number;
}

const sizesOfKind = new WeakMap<Mates, KindSizes | null>();

function kindSizes(mates: Mates): KindSizes | null {
  const known = sizesOfKind.get(mates);
  if (known !== undefined) return known;
  const shapes = mates.map((mate) => mate.shape);
  let sizes: KindSizes | null = null;
  if (mates.every(({ truth }) => truth === 1) && !shapes.some(({ object }) => object.cover)) {
    const size = comparableSize(shapes);
    sizes = { sorted: shapes.map(size).sort((x, y) => x - y), size, cut: shapes.filter(isCut).length };
  }
  sizesOfKind.set(mates, sizes);
  return sizes;
}

/** Size over the median size of the other things of the kind; null where that is not clear. */
function ratioToOthers(shape: Shape, mates: Mates): number | null {
  const kind = kindSizes(mates);
  const others = mates.length - 1;
  if (!kind || others < 1 || kind.cut - (isCut(shape) ? 1 : 0) > 0.25 * others) return null;
  const own = kind.size(shape);
  const at = kind.sorted.indexOf(own);
  // The sorted sizes without the thing's own.
  const other = (index: number): number => kind.sorted[index < at ? index : index + 1];
  const middle = others >> 1;
  return own / (others % 2 === 1 ? other(middle) : (other(middle - 1) + other(middle)) / 2);
}

/** Large among its kind: clearly larger than the median of the others. */
export function isLarge(shape: Shape, mates: Mates): Truth {
  const ratio = ratioToOthers(shape, mates);
  if (ratio === null) return 0.5;
  if (ratio >= largeRatio.yes) return 1;
  return ratio <= (isCut(shape) ? negligibleShare : largeRatio.no) ? 0 : 0.5;
}

/** Small among its kind: clearly smaller than the median of the others. */
export function isSmall(shape: Shape, mates: Mates): Truth {
  const ratio = ratioToOthers(shape, mates);
  if (ratio === null) return 0.5;
  if (ratio >= 1 / largeRatio.no) return 0;
  return ratio <= 1 / largeRatio.yes && !isCut(shape) ? 1 : 0.5;
}

/** Is `a` larger (smaller) than `b`? */
export function compareSize(a: Shape, b: Shape, by: 'larger' | 'smaller'): Truth {
  if (a.object.cover || b.object.cover) return 0.5;
  const [big, small] = by === 'larger' ? [a, b] : [b, a];
  const size = comparableSize([a, b]);
  const ratio = size(big) / size(small);
  // What the border cuts may be of any size, so it is never surely smaller; only a sliver may pass for smaller than
  // what is surely large.
  if (by === 'smaller' && isCut(small) && ratio > negligibleShare) return 0.5;
  if (ratio >= (isCut(small) ? 1 / negligibleShare : clearRatio)) return 1;
  return ratio <= (isCut(big) ? negligibleShare : 1 / clearRatio) ? 0 : 0.5;
}

/** The `rank`-th largest or smallest where it is clearly apart from the next in the order; else null. */
export function pickBySize(shapes: readonly Shape[], which: 'large' | 'small', rank: number): Shape | null {
  const size = comparableSize(shapes);
  const sorted = [...shapes].sort((a, b) => (which === 'large' ? size(b) - size(a) : size(a) - size(b)));
  const target = sorted[rank - 1];
  const isAhead = (a: Shape, b: Shape): boolean => compareSize(a, b, which === 'large' ? 'larger' : 'smaller') === 1;
  const longest = ({ width, height }: Shape): number => Math.max(width, height);
  for (const [index, shape] of sorted.entries()) {
    if (shape === target) continue;
    if (!(index < rank - 1 ? isAhead(shape, target) : isAhead(target, shape))) return null;
  }
  // The largest by area that is much shorter than another may not look largest.
  const looksSo = sorted.every((shape) =>
    which === 'large'
      ? sorted.indexOf(shape) < rank || longest(target) >= 0.85 * longest(shape)
      : sorted.indexOf(shape) < rank || longest(target) <= 1.15 * longest(shape),
  );
  return looksSo ? target : null;
}
