/**
 * What a network can reach at most that decides cell by cell: targets are averaged over the cells of a grid, resized back as
 * logits are, and compared with themselves at 480 x 480.
 *
 *   npx tsx scripts/gridCeiling.ts data/my-set [--split test] [--limit 500] [--grids 64,96,128,192] [--cells]
 *
 *   --cells   logits are resized cell by cell (`decoder.alignCorners: false`), not with corners on each other
 */
import { parseArgs } from 'node:util';
import { openDataset } from '../src/datasets/index.js';
import { decodeRle, encodeRle, type Rle, rleIou, rleResize } from '../src/masks/index.js';
import { createRandom } from '../src/random/index.js';
import { maskOfMargins, resizeMargins } from '../src/segmentation/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    split: { type: 'string', default: 'test' },
    limit: { type: 'string', default: '500' },
    grids: { type: 'string', default: '64,96,128,192' },
    cells: { type: 'boolean', default: false },
  },
});
/** The size that the protocols score at. */
const scoredPx = 480;

/** Share of each cell that the mask covers, less one half. */
function cellMargins(rle: Rle, grid: number): Float32Array {
  const dense = decodeRle(rle);
  const sums = new Float32Array(grid * grid);
  const counts = new Float32Array(grid * grid);
  for (let row = 0; row < rle.height; row++) {
    const cellRow = Math.floor((row * grid) / rle.height);
    for (let column = 0; column < rle.width; column++) {
      const cell = cellRow * grid + Math.floor((column * grid) / rle.width);
      sums[cell] += dense[row * rle.width + column];
      counts[cell] += 1;
    }
  }
  return sums.map((sum, cell) => (counts[cell] > 0 ? sum / counts[cell] : 0) - 0.5);
}

if (positionals.length === 0) throw new Error('usage: gridCeiling.ts FOLDER...');
const grids = values.grids.split(',').map(Number);
process.stdout.write(`| set | targets | ${grids.map((grid) => `${grid} x ${grid}`).join(' | ')} |\n`);
process.stdout.write(`| --- | ---: | ${grids.map(() => '---:').join(' | ')} |\n`);
for (const folder of positionals) {
  const { samples } = await openDataset(folder);
  const withTarget = samples.filter(({ split, kind }) => split === values.split && kind !== 'none');
  const drawn = createRandom('grid ceiling').shuffle(withTarget).slice(0, Number(values.limit));
  const totals = grids.map(() => 0);
  for (const sample of drawn) {
    const rle = sample.mask();
    const truth = rleResize(rle, scoredPx, scoredPx);
    for (const [index, grid] of grids.entries()) {
      const margins = resizeMargins(cellMargins(rle, grid), [grid, grid], [scoredPx, scoredPx], !values.cells);
      totals[index] += rleIou([encodeRle(maskOfMargins(margins), scoredPx, scoredPx)], [truth])[0][0];
    }
  }
  const cells = totals.map((total) => ((100 * total) / drawn.length).toFixed(1));
  process.stdout.write(`| ${folder} | ${drawn.length} | ${cells.join(' | ')} |\n`);
}
