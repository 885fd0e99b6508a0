import { checkRle, type Rle } from './rle.js';

/**
 * The number of set pixels.
 * @throws UserError when the mask is damaged.
 */
export function rleArea(rle: Rle): number {
  checkRle(rle);
  return areaOfCounts(rle.counts);
}

/** Pixels of every second run. */
export function areaOfCounts(counts: Uint32Array): number {
  let area = 0;
  for (let run = 1; run < counts.length; run += 2) area += counts[run];
  return area;
}

/**
 * The smallest box around the set pixels: [x, y, width, height] in pixels, all 0 for an empty mask.
 * @throws UserError when the mask is damaged.
 */
export function rleBox(rle: Rle): [x: number, y: number, width: number, height: number] {
  checkRle(rle);
  const { height, counts } = rle;
  let left = Number.POSITIVE_INFINITY;
  let top = height;
  let right = -1;
  let bottom = -1;
  let start = 0;
  for (let run = 0; run < counts.length; run++) {
    const end = start + counts[run];
    if ((run & 1) === 1 && end > start) {
      const firstColumn = Math.floor(start / height);
      const lastColumn = Math.floor((end - 1) / height);
      if (firstColumn < left) left = firstColumn;
      if (lastColumn > right) right = lastColumn;
      if (firstColumn === lastColumn) {
        top = Math.min(top, start - firstColumn * height);
        bottom = Math.max(bottom, end - 1 - firstColumn * height);
      } else {
        // A run over a column's end touches the picture's lower and upper edge.
        top = 0;
        bottom = height - 1;
      }
    }
    start = end;
  }
  return right < 0 ? [0, 0, 0, 0] : [left, top, right - left + 1, bottom - top + 1];
}
