import type { Rle } from './rle.js';

/**
 * The set pixels of each column as vertical spans. Column x has the numbers `rows[first[x]]` up to `rows[first[x + 1]]`
 * (not included): top row, row below the bottom, top, below, ... rising.
 */
export interface ColumnSpans {
  readonly first: Uint32Array;
  readonly rows: Uint32Array;
}

/** Cuts a mask's runs at the column ends: at most one span more a column than there are runs. */
export function columnSpans({ height, width, counts }: Rle): ColumnSpans {
  const first = new Uint32Array(width + 1);
  const rows = new Uint32Array(counts.length + 2 * width + 2);
  let length = 0;
  let column = 0;
  let row = 0;
  for (let run = 0; run < counts.length; run++) {
    let count = counts[run];
    if ((run & 1) === 0) {
      row += count;
      if (row >= height && height > 0) {
        const columns = Math.floor(row / height);
        row -= columns * height;
        for (let passed = 0; passed < columns; passed++) first[++column] = length;
      }
      continue;
    }
    while (count > 0) {
      const taken = Math.min(count, height - row);
      // After a run of no zeros the span above goes on.
      if (length > first[column] && rows[length - 1] === row) length--;
      else rows[length++] = row;
      rows[length++] = row + taken;
      row += taken;
      count -= taken;
      if (row === height) {
        row = 0;
        first[++column] = length;
      }
    }
  }
  return { first, rows };
}
