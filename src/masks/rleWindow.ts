import { UserError } from '../errors/index.js';
import { columnSpans } from './columnSpans.js';
import { checkMaskSize, checkRle, type Rle } from './rle.js';
import { createRunBuilder } from './runBuilder.js';

/**
 * The part of a mask in a window whose top left corner is at (x, y); what lies outside the mask is 0.
 * @param x,y whole pixels, may be negative.
 * @param width,height the window's size, in COCO's order of a box.
 * @throws UserError when the mask is damaged or the window is not of whole pixels.
 */
export function rleCrop(rle: Rle, x: number, y: number, width: number, height: number): Rle {
  checkRle(rle);
  checkMaskSize(height, width);
  if (!Number.isSafeInteger(x) || !Number.isSafeInteger(y)) {
    throw new UserError(`mask: a window at (${x}, ${y}): expected whole pixels`);
  }
  const { first, rows } = columnSpans(rle);
  const runs = createRunBuilder(rle.counts.length);
  const from = Math.max(0, -x);
  const to = Math.min(width, rle.width - x);
  for (let column = from; column < to; column++) {
    const start = column * height;
    for (let place = first[column + x]; place < first[column + x + 1]; place += 2) {
      const top = Math.max(0, rows[place] - y);
      const bottom = Math.min(height, rows[place + 1] - y);
      if (top < bottom) runs.append(start + top, start + bottom);
    }
  }
  return { height, width, counts: runs.finish(height * width) };
}

/**
 * A mask laid on an empty canvas with its top left corner at (x, y); what sticks out is cut off.
 * @param height,width the canvas's size.
 * @throws UserError when the mask is damaged or the place is not of whole pixels.
 */
export function rlePaste(rle: Rle, x: number, y: number, height: number, width: number): Rle {
  return rleCrop(rle, -x, -y, width, height);
}

/**
 * The mask with left and right exchanged.
 * @throws UserError when the mask is damaged.
 */
export function rleFlipHorizontal(rle: Rle): Rle {
  checkRle(rle);
  const { height, width } = rle;
  const { first, rows } = columnSpans(rle);
  const runs = createRunBuilder(rle.counts.length);
  for (let column = 0; column < width; column++) {
    const source = width - 1 - column;
    const start = column * height;
    for (let place = first[source]; place < first[source + 1]; place += 2) {
      runs.append(start + rows[place], start + rows[place + 1]);
    }
  }
  return { height, width, counts: runs.finish(height * width) };
}
