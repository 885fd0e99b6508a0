import { UserError } from '../errors/index.js';
import { columnSpans } from './columnSpans.js';
import { nearestPositions } from './nearestPositions.js';
import { checkMaskSize, checkRle, type Rle } from './rle.js';
import { createRunBuilder } from './runBuilder.js';

/**
 * A mask at another size by the nearest pixel as Pillow takes it: see nearestPositions.
 * @throws UserError when the mask is damaged, or an empty picture would have to grow.
 */
export function rleResize(rle: Rle, height: number, width: number): Rle {
  checkRle(rle);
  checkMaskSize(height, width);
  if (rle.height * rle.width === 0 && height * width > 0) {
    throw new UserError(`mask: a mask of ${rle.height} x ${rle.width} has no pixel to take for ${height} x ${width}`);
  }
  const { first, rows } = columnSpans(rle);
  const firstRowFrom = firstTakenFrom(rle.height, height);
  const columns = nearestPositions(rle.width, width);
  const runs = createRunBuilder(rle.counts.length);
  for (let column = 0; column < width; column++) {
    const source = columns[column];
    const start = column * height;
    for (let place = first[source]; place < first[source + 1]; place += 2) {
      runs.append(start + firstRowFrom[rows[place]], start + firstRowFrom[rows[place + 1]]);
    }
  }
  return { height, width, counts: runs.finish(height * width) };
}

/** For each source row 0 to n: the first of m rows that is taken from it or from a later one. */
function firstTakenFrom(n: number, m: number): Uint32Array {
  const firstFrom = new Uint32Array(n + 1);
  const taken = nearestPositions(n, m);
  let row = 0;
  for (let source = 0; source <= n; source++) {
    while (row < m && taken[row] < source) row++;
    firstFrom[source] = row;
  }
  return firstFrom;
}
