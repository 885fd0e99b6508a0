import { checkRle, checkSameSize, type Rle } from './rle.js';

/**
 * The pixels set in any of the masks.
 * @throws UserError when there is no mask, one is damaged, or sizes differ.
 */
export function rleUnion(rles: readonly Rle[]): Rle {
  return combineAll(rles, 'union', unite);
}

/**
 * The pixels set in all of the masks.
 * @throws UserError when there is no mask, one is damaged, or sizes differ.
 */
export function rleIntersection(rles: readonly Rle[]): Rle {
  return combineAll(rles, 'intersection', intersect);
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

function combineAll(rles: readonly Rle[], what: string, combine: (a: Uint32Array, b: Uint32Array) => number): Rle {
  const { height, width } = checkSameSize(rles, what);
  // Like goes with like: masks wait on a stack until those above are as long, so that no long one is read again for each
  // short one, and one that stays short (much overlap) takes the next at once.
  const waiting: Uint32Array[] = [];
  const combineTop = (): void => {
    const b = waiting.pop() as Uint32Array;
    const a = waiting.pop() as Uint32Array;
    if (scratch.length < a.length + b.length + 2) scratch = new Uint32Array(2 * (a.length + b.length + 2));
    waiting.push(scratch.slice(0, combine(a, b)));
  };
  for (const rle of rles) {
    waiting.push(setEnds(rle.counts));
    while (waiting.length > 1 && waiting[waiting.length - 2].length <= 2 * waiting[waiting.length - 1].length)
      combineTop();
  }
  while (waiting.length > 1) combineTop();
  return { height, width, counts: countsOfEnds(waiting[0], height * width) };
}

/** Start and end of each set run, as positions in column-major order; no run is empty or touches the one before it. */
function setEnds(counts: Uint32Array): Uint32Array {
  const ends = new Uint32Array(counts.length & ~1);
  let length = 0;
  let position = 0;
  for (let run = 0; run + 1 < counts.length; run += 2) {
    const start = position + counts[run];
    position = start + counts[run + 1];
    if (position === start) continue;
    if (length > 0 && ends[length - 1] === start) length--;
    else ends[length++] = start;
    ends[length++] = position;
  }
  return length === ends.length ? ends : ends.slice(0, length);
}

function countsOfEnds(ends: Uint32Array, pixels: number): Uint32Array {
  const { length } = ends;
  const isOpen = length === 0 || ends[length - 1] < pixels;
  const counts = new Uint32Array(length + (isOpen ? 1 : 0));
  let last = 0;
  for (let run = 0; run < length; run++) {
    counts[run] = ends[run] - last;
    last = ends[run];
  }
  if (isOpen) counts[length] = pixels - last;
  return counts;
}

/** Where the combined runs are put together; what is kept is copied out of it. */
let scratch = new Uint32Array(4096);

/** Writes the runs set in either mask to the scratch; gives how many numbers. */
function unite(a: Uint32Array, b: Uint32Array): number {
  const target = scratch;
  let length = 0;
  let placeA = 0;
  let placeB = 0;
  while (placeA < a.length && placeB < b.length) {
    // The earlier run opens; whichever mask has a run that begins before the open one's end lengthens it.
    const start = Math.min(a[placeA], b[placeB]);
    let end = start;
    for (;;) {
      if (placeA < a.length && a[placeA] <= end) {
        end = Math.max(end, a[placeA + 1]);
        placeA += 2;
      } else if (placeB < b.length && b[placeB] <= end) {
        end = Math.max(end, b[placeB + 1]);
        placeB += 2;
      } else break;
    }
    target[length++] = start;
    target[length++] = end;
  }
  const rest = placeA < a.length ? a : b;
  for (let place = rest === a ? placeA : placeB; place < rest.length; place++) target[length++] = rest[place];
  return length;
}

/** Writes the runs set in both masks to the scratch; gives how many numbers. */
function intersect(a: Uint32Array, b: Uint32Array): number {
  const target = scratch;
  let length = 0;
  let placeA = 0;
  let placeB = 0;
  while (placeA < a.length && placeB < b.length) {
    const start = Math.max(a[placeA], b[placeB]);
    const endA = a[placeA + 1];
    const endB = b[placeB + 1];
    const end = Math.min(endA, endB);
    if (start < end) {
      target[length++] = start;
      target[length++] = end;
    }
    if (endA === end) placeA += 2;
    if (endB === end) placeB += 2;
  }
  return length;
}
