import { UserError } from '../errors/index.js';
import { checkMaskSize, emptyRle, type Rle } from './rle.js';
import { rleUnion } from './setOperations.js';

/** COCO walks outlines on a grid five times finer than the pixels. */
const scale = 5;
/** A pixel column counts where the outline steps from this fine column of its five to the next, or back. */
const centre = 2;
/** Coordinates beyond this do not fit the fine grid's 32-bit numbers. */
const maxCoordinate = (2 ** 31 - 2) / scale;

/**
 * The mask that polygons cover together, bit for bit as COCO rasterises them: vertices are rounded to a grid five times
 * finer, edges are walked there from their lower end along their longer axis, and each step from the fine column 5k + 2 to
 * 5k + 3 (or back) toggles pixel column k from the walk's upper row, rounded up to a pixel, downwards. Only those steps
 * are computed here. Inside one polygon the even-odd rule holds.
 * @param polygons each flat x, y, x, y, ... in pixels from the picture's top left corner; several are one union.
 * @throws UserError naming the polygon when its length is odd or a coordinate is not a number within 4e8.
 */
export function rleFromPolygons(polygons: readonly ArrayLike<number>[], height: number, width: number): Rle {
  checkMaskSize(height, width);
  if (polygons.length === 0) return emptyRle(height, width);
  const masks = polygons.map((polygon, index) => rasterise(polygon, index, height, width));
  return masks.length === 1 ? masks[0] : rleUnion(masks);
}

/**
 * The mask of a box, as COCO makes it: the box as a polygon of four corners.
 * @param box [x, y, width, height] in pixels; parts outside the picture are cut off.
 * @throws UserError when the box is not four finite numbers, or a side is negative.
 */
export function rleFromBox(box: readonly number[], height: number, width: number): Rle {
  const [x, y, boxWidth, boxHeight] = box;
  if (box.length !== 4 || !box.every(Number.isFinite)) {
    throw new UserError(`mask: box [${box.join(', ')}]: expected four finite numbers x, y, width, height`);
  }
  if (boxWidth < 0 || boxHeight < 0) {
    throw new UserError(`mask: box [${box.join(', ')}]: its width and height must not be negative`);
  }
  const right = x + boxWidth;
  const below = y + boxHeight;
  return rleFromPolygons([[x, y, x, below, right, below, right, y]], height, width);
}

/** Room for the steps of one polygon, kept between calls since most polygons are small. */
let columns = new Uint32Array(2048);
let rows = new Uint32Array(2048);
let ordered = new Uint32Array(2048);
let places = new Uint32Array(2048);

function rasterise(polygon: ArrayLike<number>, index: number, height: number, width: number): Rle {
  const length = polygon.length;
  if (length % 2 !== 0) {
    throw new UserError(`mask: polygon ${index} has ${length} numbers; expected pairs of x and y`);
  }
  for (let place = 0; place < length; place++) {
    if (!(Math.abs(polygon[place]) < maxCoordinate)) {
      throw new UserError(
        `mask: polygon ${index}: number ${place} is ${String(polygon[place])}; expected a coordinate`,
      );
    }
  }
  let steps = 0;
  let lowest = width;
  let highest = -1;
  if (length > 0) {
    let fromX = (scale * polygon[length - 2] + 0.5) | 0;
    let fromY = (scale * polygon[length - 1] + 0.5) | 0;
    for (let place = 0; place < length; place += 2) {
      const toX = (scale * polygon[place] + 0.5) | 0;
      const toY = (scale * polygon[place + 1] + 0.5) | 0;
      const left = Math.min(fromX, toX);
      const right = Math.max(fromX, toX);
      const from = Math.max(0, Math.ceil((left - centre) / scale));
      const to = Math.min(width - 1, Math.floor((right - 1 - centre) / scale));
      if (from <= to) {
        if (from < lowest) lowest = from;
        if (to > highest) highest = to;
        if (steps + to - from + 1 > columns.length) makeRoom(2 * (steps + to - from + 1));
        steps = walkEdge(fromX, fromY, toX, toY, from, to, height, steps);
      }
      fromX = toX;
      fromY = toY;
    }
  }
  return { height, width, counts: countsOfSteps(steps, lowest, highest, height, width) };
}

/** Writes the upper pixel row of an edge's step over each column from `from` to `to` (included); gives the steps so far. */
function walkEdge(
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
  from: number,
  to: number,
  height: number,
  steps: number,
): number {
  const across = Math.abs(toX - fromX);
  const down = Math.abs(toY - fromY);
  const alongX = across >= down;
  const swap = alongX ? fromX > toX : fromY > toY;
  const startX = swap ? toX : fromX;
  const startY = swap ? toY : fromY;
  const slope = alongX ? ((swap ? fromY : toY) - startY) / across : ((swap ? fromX : toX) - startX) / down;
  for (let column = from; column <= to; column++) {
    const fine = scale * column + centre;
    let fineRow: number;
    if (alongX) {
      const t = fine - startX;
      const here = (startY + slope * t + 0.5) | 0;
      const next = (startY + slope * (t + 1) + 0.5) | 0;
      fineRow = Math.min(here, next);
    } else {
      // The first row of the walk that lies beyond the step; the guess may be off by one, so it is checked as walked.
      const rising = slope > 0;
      let t = Math.ceil((fine + 0.5 - startX) / slope);
      while (t > 0 && isBeyond(startX + slope * (t - 1) + 0.5, fine, rising)) t--;
      while (t < down && !isBeyond(startX + slope * t + 0.5, fine, rising)) t++;
      fineRow = startY + t - 1;
    }
    const row = Math.floor((fineRow + centre) / scale);
    columns[steps] = column;
    rows[steps++] = row < 0 ? 0 : Math.min(row, height);
  }
  return steps;
}

const isBeyond = (walked: number, fine: number, rising: boolean): boolean =>
  rising ? (walked | 0) > fine : (walked | 0) <= fine;

function makeRoom(steps: number): void {
  const longer = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
    const grown = new Uint32Array(steps);
    grown.set(old);
    return grown;
  };
  columns = longer(columns);
  rows = longer(rows);
  ordered = new Uint32Array(steps);
}

/** Sorts the steps by column, then row, and turns them into runs: two steps at one place cancel each other. */
function countsOfSteps(steps: number, lowest: number, highest: number, height: number, width: number): Uint32Array {
  const pixels = height * width;
  if (steps === 0) return Uint32Array.of(pixels);
  if (places.length < highest - lowest + 2) places = new Uint32Array(2 * (highest - lowest + 2));
  places.fill(0, 0, highest - lowest + 2);
  for (let step = 0; step < steps; step++) places[columns[step] - lowest + 1]++;
  for (let column = 1; column <= highest - lowest; column++) places[column] += places[column - 1];
  for (let step = 0; step < steps; step++) {
    ordered[places[columns[step] - lowest]++] = columns[step] * height + rows[step];
  }
  // By columns already: what is left is short moves within a column, and steps at its very bottom.
  for (let step = 1; step < steps; step++) {
    const position = ordered[step];
    let place = step;
    for (; place > 0 && ordered[place - 1] > position; place--) ordered[place] = ordered[place - 1];
    ordered[place] = position;
  }
  let kept = 0;
  for (let step = 0; step < steps; step++) {
    if (kept > 0 && ordered[kept - 1] === ordered[step]) kept--;
    else ordered[kept++] = ordered[step];
  }
  if (kept > 0 && ordered[kept - 1] === pixels) kept--;
  const counts = new Uint32Array(kept + 1);
  let last = 0;
  for (let run = 0; run < kept; run++) {
    counts[run] = ordered[run] - last;
    last = ordered[run];
  }
  counts[kept] = pixels - last;
  return counts;
}
