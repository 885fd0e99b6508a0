import { checkRle, checkSameSize, type Rle } from './rle.js';

/**
 * The pixels set in any of the masks.
 * @throws UserError when there is no mask, one is damaged, or sizes differ.
 */
export function rleUnion(rles: readonly Rle[]): Rle {
  return combineAll(rles, 'union', 1);
}

/**
 * The pixels set in all of the masks.
 * @throws UserError when there is no mask, one is damaged, or sizes differ.
 */
export function rleIntersection(rles: readonly Rle[]): Rle {
  return combineAll(rles, 'intersection', 2);
}

/**
 * The pixels that are not set.
 * @throws UserError when the mask is damaged.
 */
export function rleComplement(rle: Rle): Rle {
  checkRle(rle);
  const { height, width, counts } = rle;
  if (height * width === 0) return rle;
  if (counts.length > 1 && counts[0] === 0) return { height, width, counts: counts.slice(1) };
  const more = new Uint32Array(counts.length + 1);
  more.set(counts, 1);
  return { height, width, counts: more };
}

function combineAll(rles: readonly Rle[], what: string, needed: number): Rle {
  const { height, width } = checkSameSize(rles, what);
  // Neighbours first, then neighbours of those: each run is read once a level and not once a mask.
  let level: Uint32Array[] = rles.map(({ counts }) => counts);
  if (level.length === 1) return { height, width, counts: combine(level[0], Uint32Array.of(height * width), 1) };
  while (level.length > 1) {
    const next: Uint32Array[] = [];
    for (let index = 0; index + 1 < level.length; index += 2) {
      next.push(combine(level[index], level[index + 1], needed));
    }
    if (level.length % 2 === 1) next.push(level[level.length - 1]);
    level = next;
  }
  return { height, width, counts: level[0] };
}

let scratch = new Uint32Array(4096);

/** Runs of the pixels set in at least `needed` of two masks of one size; no run but the first is 0 long. */
function combine(a: Uint32Array, b: Uint32Array, needed: number): Uint32Array {
  if (scratch.length < a.length + b.length + 2) scratch = new Uint32Array(2 * (a.length + b.length + 2));
  let length = 0;
  let start = 0;
  let isSet = 0;
  let runA = 0;
  let runB = 0;
  let endA = a.length > 0 ? a[0] : 0;
  let endB = b.length > 0 ? b[0] : 0;
  let position = 0;
  while (runA < a.length && runB < b.length) {
    const here = (runA & 1) + (runB & 1) >= needed ? 1 : 0;
    const end = Math.min(endA, endB);
    if (here !== isSet && end > position) {
      scratch[length++] = position - start;
      start = position;
      isSet = here;
    }
    position = end;
    if (endA === end && ++runA < a.length) endA += a[runA];
    if (endB === end && ++runB < b.length) endB += b[runB];
  }
  if (position > start || length === 0) scratch[length++] = position - start;
  return scratch.slice(0, length);
}
