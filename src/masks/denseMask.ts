import { UserError } from '../errors/index.js';
import { columnSpans } from './columnSpans.js';
import { checkMaskSize, checkRle, type Rle } from './rle.js';
import { createRunBuilder } from './runBuilder.js';

/**
 * The runs of a dense mask.
 *
 * Runs go down the columns while the dense mask lies in rows. Rather than walk it across the grain, neighbouring rows are
 * compared many bytes at a time, and each place where they differ is noted for its column.
 * @param mask row-major [H, W], 0 or 1; any other value counts as 1.
 * @throws UserError when the mask's length is not height x width.
 */
export function encodeRle(mask: Uint8Array, height: number, width: number): Rle {
  checkMaskSize(height, width);
  if (mask.length !== height * width) {
    throw new UserError(`mask: ${mask.length} bytes for ${height} x ${width} pixels; expected ${height * width}`);
  }
  let changes = { columns: new Uint32Array(1024), rows: new Uint32Array(1024) };
  let length = 0;
  const perColumn = new Uint32Array(width + 1);
  const compare = (row: number, from: number, to: number): void => {
    const here = row * width;
    for (let column = from; column < to; column++) {
      const above = row > 0 && mask[here - width + column] !== 0;
      if ((mask[here + column] !== 0) === above) continue;
      if (length === changes.rows.length) changes = grown(changes);
      changes.columns[length] = column;
      changes.rows[length++] = row;
      perColumn[column + 1]++;
    }
  };
  if (height > 0) compare(0, 0, width);
  if (width % 8 === 0 && mask.byteOffset % 4 === 0) {
    const words = new Uint32Array(mask.buffer, mask.byteOffset, mask.length >> 2);
    const rowWords = width >> 2;
    let row = 1;
    for (; row + 4 <= height; row += 4) {
      // Four rows beside the one above them: five words are loaded for four comparisons.
      const above = (row - 1) * rowWords;
      for (let word = above; word < above + rowWords; word += 2) {
        const first = words[word];
        const second = words[word + 1];
        const here = word + rowWords;
        const next = here + rowWords;
        const third = next + rowWords;
        const fourth = third + rowWords;
        const changed =
          (first ^ words[here]) |
          (second ^ words[here + 1]) |
          (first ^ words[next]) |
          (second ^ words[next + 1]) |
          (first ^ words[third]) |
          (second ^ words[third + 1]) |
          (first ^ words[fourth]) |
          (second ^ words[fourth + 1]);
        if (changed === 0) continue;
        const column = (word - above) << 2;
        for (let of = row; of < row + 4; of++) compare(of, column, column + 8);
      }
    }
    for (; row < height; row++) compare(row, 0, width);
  } else {
    const bytes = new DataView(mask.buffer, mask.byteOffset, mask.byteLength);
    for (let row = 1; row < height; row++) {
      const here = row * width;
      const above = here - width;
      let column = 0;
      for (; column + 4 <= width; column += 4) {
        if (bytes.getUint32(here + column) !== bytes.getUint32(above + column)) compare(row, column, column + 4);
      }
      compare(row, column, width);
    }
  }
  for (let column = 0; column < width; column++) perColumn[column + 1] += perColumn[column];
  const rows = new Uint32Array(length);
  const next = perColumn.slice();
  for (let change = 0; change < length; change++) rows[next[changes.columns[change]]++] = changes.rows[change];
  const runs = createRunBuilder(length + 1);
  for (let column = 0; column < width; column++) {
    const start = column * height;
    for (let change = perColumn[column]; change < perColumn[column + 1]; change += 2) {
      const end = change + 1 < perColumn[column + 1] ? rows[change + 1] : height;
      runs.append(start + rows[change], start + end);
    }
  }
  return { height, width, counts: runs.finish(height * width) };
}

function grown({ columns, rows }: { columns: Uint32Array; rows: Uint32Array }) {
  const more = { columns: new Uint32Array(2 * columns.length), rows: new Uint32Array(2 * rows.length) };
  more.columns.set(columns);
  more.rows.set(rows);
  return more;
}

/** Below this many pixels a loop is faster than the call of `fill`. */
const shortRowPx = 24;

/**
 * The dense mask of runs, row-major [H, W], 0 or 1.
 *
 * Where a column differs from the one before it, rows open or close; a row is filled in one go when it closes, so that
 * the time goes with the outline's length and not with the area.
 * @throws UserError when the runs do not fill the size.
 */
export function decodeRle(rle: Rle): Uint8Array {
  checkRle(rle);
  const { height, width } = rle;
  const mask = new Uint8Array(height * width);
  const { first, rows } = columnSpans(rle);
  const openSince = new Int32Array(height).fill(-1);
  for (let column = 0; column <= width; column++) {
    let before = column === 0 ? 0 : first[column - 1];
    const beforeEnd = column === 0 ? 0 : first[column];
    let here = column === width ? 0 : first[column];
    const hereEnd = column === width ? 0 : first[column + 1];
    let from = -1;
    while (before < beforeEnd || here < hereEnd) {
      let row: number;
      if (here === hereEnd) row = rows[before++];
      else if (before === beforeEnd) row = rows[here++];
      else if (rows[before] === rows[here]) {
        before++;
        here++;
        continue;
      } else row = rows[before] < rows[here] ? rows[before++] : rows[here++];
      if (from < 0) {
        from = row;
        continue;
      }
      for (let changed = from; changed < row; changed++) {
        const since = openSince[changed];
        if (since < 0) {
          openSince[changed] = column;
          continue;
        }
        openSince[changed] = -1;
        const start = changed * width + since;
        const end = changed * width + column;
        if (end - start < shortRowPx) for (let pixel = start; pixel < end; pixel++) mask[pixel] = 1;
        else mask.fill(1, start, end);
      }
      from = -1;
    }
  }
  return mask;
}
