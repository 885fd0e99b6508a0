import { UserError } from '../errors/index.js';

/**
 * A run-length mask as COCO defines it: lengths of alternating runs over the mask's pixels in column-major order,
 * the first run counting zeros (it may be 0 long). The counts sum to height x width.
 */
export interface Rle {
  readonly height: number;
  readonly width: number;
  readonly counts: Uint32Array;
}

/** Sides above this are taken for damaged data: some steps keep one number a column. */
const maxSidePx = 1 << 20;

/**
 * Checks a mask's size: whole numbers from 0 to 2^20 whose product fits an unsigned 32-bit count.
 * @throws UserError naming the size.
 */
export function checkMaskSize(height: number, width: number): void {
  for (const side of [height, width]) {
    if (!Number.isInteger(side) || side < 0 || side > maxSidePx) {
      throw new UserError(
        `mask: a size of ${height} x ${width}: each side must be a whole number from 0 to ${maxSidePx}`,
      );
    }
  }
  if (height * width > 0xffffffff) {
    throw new UserError(`mask: a size of ${height} x ${width} has more pixels than 32-bit runs can count`);
  }
}

/**
 * Checks that a mask's runs fill its size exactly; every function of this room that takes a mask calls it.
 * @throws UserError when the size is no size, or the counts do not sum to height x width.
 */
export function checkRle({ height, width, counts }: Rle): void {
  checkMaskSize(height, width);
  if (!(counts instanceof Uint32Array)) {
    throw new UserError('mask: counts must be a Uint32Array; make one with rleFromUncompressed or rleFromString');
  }
  let sum = 0;
  for (let run = 0; run < counts.length; run++) sum += counts[run];
  if (sum !== height * width) {
    throw new UserError(
      `mask: the runs sum to ${sum}, but ${height} x ${width} has ${height * width} pixels; the mask or its size is damaged`,
    );
  }
}

/**
 * Checks that masks share one size and returns it.
 * @throws UserError when there is none, one is damaged, or sizes differ.
 */
export function checkSameSize(rles: readonly Rle[], what: string): { height: number; width: number } {
  if (rles.length === 0)
    throw new UserError(`${what}: needs at least one mask; emptyRle(height, width) makes an empty one`);
  const { height, width } = rles[0];
  for (const [index, rle] of rles.entries()) {
    checkRle(rle);
    if (rle.height !== height || rle.width !== width) {
      throw new UserError(
        `${what}: mask ${index} is ${rle.height} x ${rle.width} and mask 0 is ${height} x ${width}; sizes must be equal`,
      );
    }
  }
  return { height, width };
}

/** A mask without a pixel. */
export function emptyRle(height: number, width: number): Rle {
  checkMaskSize(height, width);
  return { height, width, counts: Uint32Array.of(height * width) };
}

/**
 * A mask from COCO's uncompressed counts, as JSON holds them.
 * @throws UserError when a count is no whole number from 0, or the counts do not sum to height x width.
 */
export function rleFromUncompressed(counts: ArrayLike<number>, height: number, width: number): Rle {
  checkMaskSize(height, width);
  const pixels = height * width;
  let sum = 0;
  for (let run = 0; run < counts.length; run++) {
    const count = counts[run];
    if (!Number.isInteger(count) || count < 0 || count > pixels) {
      throw new UserError(`mask: run ${run} is ${String(count)}; a run must be a whole number from 0 to ${pixels}`);
    }
    sum += count;
  }
  if (sum !== pixels) {
    throw new UserError(`mask: the runs sum to ${sum}, but ${height} x ${width} has ${pixels} pixels`);
  }
  return { height, width, counts: Uint32Array.from(counts) };
}
