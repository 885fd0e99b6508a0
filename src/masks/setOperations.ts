import { checkMaskSize, checkRle, checkSameSize, type Rle } from './rle.js';
import { decodeUsual, rleFromString, rleToString, unusual } from './rleString.js';

/**
 * The pixels set in any of the masks.
 * @throws UserError when there is no mask, one is damaged, or sizes differ.
 */
export function rleUnion(rles: readonly Rle[]): Rle {
  return combineRles(rles, 'union', unite);
}

/**
 * The pixels set in all of the masks.
 * @throws UserError when there is no mask, one is damaged, or sizes differ.
 */
export function rleIntersection(rles: readonly Rle[]): Rle {
  return combineRles(rles, 'intersection', intersect);
}

/**
 * The pixels set in any of the masks, all in COCO's compressed counts: what `rleToString(rleUnion(...))` of the masks
 * read by `rleFromString` gives, without making them.
 * @throws UserError when there is no mask, or one cannot be read at that size.
 */
export function rleStringUnion(texts: readonly string[], height: number, width: number): string {
  return combineTexts(texts, height, width, 'union', unite);
}

/**
 * The pixels set in all of the masks, all in COCO's compressed counts (see rleStringUnion).
 * @throws UserError when there is no mask, or one cannot be read at that size.
 */
export function rleStringIntersection(texts: readonly string[], height: number, width: number): string {
  return combineTexts(texts, height, width, 'intersection', intersect);
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

/**
 * The set runs of masks that wait to be combined, one mask after the other: where each run starts and ends, as positions
 * in column-major order, rising; no run is empty or touches the one before it. Kept between calls, since to make room
 * takes longer than most combinations.
 */
let waiting = new Uint32Array(4096);
/** Where the runs of two masks are put together. */
let together = new Uint32Array(4096);

/** Puts what comes of the two masks that wait at `a` and `b`, up to `end`, at `a`; gives where it ends. */
type Combine = (a: number, b: number, end: number) => number;

function combineRles(rles: readonly Rle[], what: string, combine: Combine): Rle {
  if (rles.length === 0) checkSameSize(rles, what);
  const { height, width } = rles[0];
  checkMaskSize(height, width);
  const add = (index: number, begin: number): number => {
    const rle = rles[index];
    const end = rle.height === height && rle.width === width ? addRuns(rle, begin) : damaged;
    if (end === damaged) checkSameSize(rles, what);
    return end;
  };
  return { height, width, counts: countsOfRuns(combineAll(rles.length, add, combine), height * width) };
}

function combineTexts(texts: readonly string[], height: number, width: number, what: string, combine: Combine): string {
  if (texts.length === 0) checkSameSize([], what);
  checkMaskSize(height, width);
  const add = (index: number, begin: number): number => {
    const text = texts[index];
    makeRoom(begin, begin + text.length);
    const length = decodeUsual(text, height * width, waiting, begin, true);
    // The run that is left over ends with the mask and is not set.
    return length === unusual ? addRuns(rleFromString(text, height, width), begin) : begin + (length & ~1);
  };
  const end = combineAll(texts.length, add, combine);
  return rleToString({ height, width, counts: countsOfRuns(end, height * width) });
}

/** Combines so many masks; `add` puts one among those that wait, from a place on, and gives where it ends. */
function combineAll(count: number, add: (index: number, begin: number) => number, combine: Combine): number {
  // Like goes with like: masks wait until those after them are as long, so that no long one is read again for each short
  // one, and one that stays short (much overlap) takes the next at once.
  const begins: number[] = [];
  let end = 0;
  for (let index = 0; index < count; index++) {
    begins.push(end);
    end = add(index, end);
    for (let b = begins.length - 1; b > 0 && begins[b] - begins[b - 1] <= 2 * (end - begins[b]); b--) {
      end = combine(begins[b - 1], begins[b], end);
      begins.pop();
    }
  }
  for (let b = begins.length - 1; b > 0; b--) end = combine(begins[b - 1], begins[b], end);
  return end;
}

const damaged = -1;

/** Makes room up to `end` for runs that are to wait, and keeps those up to `begin`. */
function makeRoom(begin: number, end: number): void {
  if (waiting.length >= end) return;
  const longer = new Uint32Array(2 * end);
  longer.set(waiting.subarray(0, begin));
  waiting = longer;
}

/** Adds the set runs of a mask to those that wait, from `begin`; gives where they end, or `damaged`. */
function addRuns(rle: Rle, begin: number): number {
  const { height, width, counts } = rle;
  if (!(counts instanceof Uint32Array)) return damaged;
  const paired = counts.length & ~1;
  makeRoom(begin, begin + paired);
  const runs = waiting;
  // Sums that wrap at 32 bits are twice as fast as exact ones. What may have gone wrong leaves its sign: a run or a sum
  // beyond 31 bits, and an empty run, which has to be taken out.
  let position = 0;
  let signs = 0;
  for (let run = 0; run < paired; run += 2) {
    const zeros = counts[run] | 0;
    const ones = counts[run + 1] | 0;
    const start = (position + zeros) | 0;
    position = (start + ones) | 0;
    signs |= start | position | (zeros - 1) | (ones - 1);
    runs[begin + run] = start;
    runs[begin + run + 1] = position;
  }
  if (paired < counts.length) {
    const count = counts[paired] | 0;
    position = (position + count) | 0;
    signs |= position | count;
  }
  if (signs >= 0) return position === height * width ? begin + paired : damaged;
  checkRle(rle);
  return joinRuns(begin, begin + paired);
}

/** Takes empty runs out of the last waiting mask and joins those that touch; gives where it ends then. */
function joinRuns(begin: number, end: number): number {
  const runs = waiting;
  let length = begin;
  for (let place = begin; place < end; place += 2) {
    const start = runs[place];
    const stop = runs[place + 1];
    if (stop === start) continue;
    if (length > begin && runs[length - 1] === start) length--;
    else runs[length++] = start;
    runs[length++] = stop;
  }
  return length;
}

function countsOfRuns(end: number, pixels: number): Uint32Array {
  const runs = waiting;
  const isOpen = end === 0 || runs[end - 1] < pixels;
  const counts = new Uint32Array(end + (isOpen ? 1 : 0));
  let last = 0;
  for (let place = 0; place < end; place++) {
    counts[place] = runs[place] - last;
    last = runs[place];
  }
  if (isOpen) counts[end] = pixels - last;
  return counts;
}

/** Place of the first of the waiting runs from `begin` to `end` that ends at a position or after it; `end` if none does. */
function firstReaching(position: number, begin: number, end: number): number {
  const runs = waiting;
  let low = begin >> 1;
  let high = end >> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[2 * middle + 1] >= position) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}

function roomTogether(length: number): Uint32Array {
  if (together.length < length) together = new Uint32Array(2 * length);
  return together;
}

/** The runs set in either mask. */
function unite(a: number, b: number, end: number): number {
  if (a === b || b === end) return end;
  const runs = waiting;
  // Runs before the other mask's first stay where they are.
  let placeA = firstReaching(runs[b], a, b);
  const kept = placeA;
  // All of the second mask after the first one's last run, or within one of its runs: both are common.
  if (placeA === b) return end;
  if (runs[placeA] <= runs[b] && runs[placeA + 1] >= runs[end - 1]) return b;
  const target = roomTogether(end - placeA);
  let placeB = b;
  let length = 0;
  while (placeA < b && placeB < end) {
    // The earlier run opens; whichever mask has a run that begins before the open one's end lengthens it.
    const start = Math.min(runs[placeA], runs[placeB]);
    let open = start;
    for (;;) {
      if (placeA < b && runs[placeA] <= open) {
        open = Math.max(open, runs[placeA + 1]);
        placeA += 2;
      } else if (placeB < end && runs[placeB] <= open) {
        open = Math.max(open, runs[placeB + 1]);
        placeB += 2;
      } else break;
    }
    target[length++] = start;
    target[length++] = open;
  }
  while (placeA < b) target[length++] = runs[placeA++];
  while (placeB < end) target[length++] = runs[placeB++];
  return takePlace(kept, length);
}

/** The runs set in both masks. */
function intersect(a: number, b: number, end: number): number {
  if (a === b || b === end) return a;
  const runs = waiting;
  // Neither has anything to share before the other begins.
  let placeA = firstReaching(runs[b], a, b);
  let placeB = firstReaching(runs[a], b, end);
  const target = roomTogether(end - a);
  let length = 0;
  while (placeA < b && placeB < end) {
    const start = Math.max(runs[placeA], runs[placeB]);
    const endA = runs[placeA + 1];
    const endB = runs[placeB + 1];
    const last = Math.min(endA, endB);
    if (start < last) {
      target[length++] = start;
      target[length++] = last;
    }
    if (endA === last) placeA += 2;
    if (endB === last) placeB += 2;
  }
  return takePlace(a, length);
}

/** Moves combined runs to where they belong among the waiting; gives where they end. */
function takePlace(begin: number, length: number): number {
  waiting.set(together.subarray(0, length), begin);
  return begin + length;
}
