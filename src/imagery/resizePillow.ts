import { nearestPositions } from '../masks/index.js';
import type { RgbImage } from './image.js';

/** Filter weights are whole numbers of scale 2^22: 32 bits less 8 for the pixel and 2 of headroom. */
const precisionBits = 22;
const half = 1 << (precisionBits - 1);

/** For each output position: the first input position it reads, how many, and their weights (`stride` apart). */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
  readonly stride: number;
}

const tapsOfSizes = new Map<string, Taps>();

/**
 * Weights of the triangle filter from `from` to `to` pixels: half-width max(1, from / to) around (o + 1/2) from / to,
 * cut at the border, normalised, rounded to scale 2^22. Kept for the last few sizes, as data sets repeat them.
 */
function triangleTaps(from: number, to: number): Taps {
  const key = `${from}:${to}`;
  const known = tapsOfSizes.get(key);
  if (known) return known;
  const scale = from / to;
  const support = Math.max(1, scale);
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  const exact = new Float64Array(stride);
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const inverse = 1 / support;
    let total = 0;
    for (let tap = 0; tap < end - start; tap++) {
      exact[tap] = Math.max(0, 1 - Math.abs((tap + start - centre + 0.5) * inverse));
      total += exact[tap];
    }
    first[out] = start;
    count[out] = end - start;
    for (let tap = 0; tap < end - start; tap++) {
      weights[out * stride + tap] = Math.floor(0.5 + (exact[tap] / total) * (1 << precisionBits));
    }
  }
  const taps = { first, count, weights, stride };
  if (tapsOfSizes.size >= 64) tapsOfSizes.clear();
  tapsOfSizes.set(key, taps);
  return taps;
}

/** Resizes every row of `rows` rows, `from` pixels of three bytes wide, to `to` pixels. */
function resizeRows(source: Uint8Array, rows: number, from: number, to: number): Uint8Array {
  const { first, count, weights, stride } = triangleTaps(from, to);
  const target = new Uint8Array(rows * to * 3);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * from * 3;
    for (let out = 0; out < to; out++) {
      let read = start + first[out] * 3;
      let weightAt = out * stride;
      const end = weightAt + count[out];
      let red = half;
      let green = half;
      let blue = half;
      for (; weightAt < end; weightAt++, read += 3) {
        const weight = weights[weightAt];
        red = (red + Math.imul(weight, source[read])) | 0;
        green = (green + Math.imul(weight, source[read + 1])) | 0;
        blue = (blue + Math.imul(weight, source[read + 2])) | 0;
      }
      // The weights are never negative and sum to 2^22 give or take a few, so only the upper end can need clipping.
      red >>= precisionBits;
      green >>= precisionBits;
      blue >>= precisionBits;
      target[at] = Math.min(255, red);
      target[at + 1] = Math.min(255, green);
      target[at + 2] = Math.min(255, blue);
      at += 3;
    }
  }
  return target;
}

/** Resizes `from` rows of `rowBytes` bytes to `to` rows, four taps at a time: sums in memory cost more than products. */
function resizeColumns(source: Uint8Array, rowBytes: number, from: number, to: number): Uint8Array {
  const { first, count, weights, stride } = triangleTaps(from, to);
  const target = new Uint8Array(to * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let out = 0; out < to; out++) {
    const weightAt = out * stride;
    sums.fill(half);
    for (let tap = 0; tap < count[out]; tap += 4) {
      const left = count[out] - tap;
      const w0 = weights[weightAt + tap];
      const w1 = left > 1 ? weights[weightAt + tap + 1] : 0;
      const w2 = left > 2 ? weights[weightAt + tap + 2] : 0;
      const w3 = left > 3 ? weights[weightAt + tap + 3] : 0;
      const r0 = (first[out] + tap) * rowBytes;
      const r1 = left > 1 ? r0 + rowBytes : r0;
      const r2 = left > 2 ? r1 + rowBytes : r0;
      const r3 = left > 3 ? r2 + rowBytes : r0;
      for (let column = 0; column < rowBytes; column++) {
        sums[column] =
          (sums[column] +
            Math.imul(w0, source[r0 + column]) +
            Math.imul(w1, source[r1 + column]) +
            Math.imul(w2, source[r2 + column]) +
            Math.imul(w3, source[r3 + column])) |
          0;
      }
    }
    const write = out * rowBytes;
    for (let column = 0; column < rowBytes; column++) {
      target[write + column] = Math.min(255, sums[column] >> precisionBits);
    }
  }
  return target;
}

/**
 * Resizes a picture to `height` x `width` exactly as Pillow's `Image.resize(..., BILINEAR)` does, to the bit: a triangle
 * filter that widens when shrinking (antialiasing), columns first, rows second, each rounded to 8 bits. Published
 * referring-segmentation models were trained on pictures resized so. The aspect ratio is not kept. A picture that has
 * the size already is returned as it is. Throws a RangeError when a side is not a positive whole number.
 */
export function resizeBilinearPillow(image: RgbImage, height: number, width: number): RgbImage {
  checkSize(height, width);
  let { data } = image;
  if (width !== image.width) data = resizeRows(data, image.height, image.width, width);
  if (height !== image.height) data = resizeColumns(data, width * 3, image.height, height);
  return { width, height, data };
}

/** A dense mask: row-major, one byte a pixel. */
export interface DenseMask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Resizes a dense mask (or any picture of one byte a pixel) as Pillow's NEAREST does: output pixel o reads input pixel
 * floor((o + 1/2) n / m) of n (nearestPositions of masks). Throws a RangeError when a side is not a positive whole number.
 */
export function resizeNearestPillow(mask: DenseMask, height: number, width: number): DenseMask {
  checkSize(height, width);
  if (height === mask.height && width === mask.width) return mask;
  const columns = nearestPositions(mask.width, width);
  const rows = nearestPositions(mask.height, height);
  const data = new Uint8Array(height * width);
  let at = 0;
  for (let row = 0; row < height; row++) {
    const start = rows[row] * mask.width;
    for (let column = 0; column < width; column++) data[at++] = mask.data[start + columns[column]];
  }
  return { width, height, data };
}

function checkSize(height: number, width: number): void {
  if (!Number.isInteger(height) || !Number.isInteger(width) || height < 1 || width < 1) {
    throw new RangeError(`resize to ${height} x ${width}: both sides must be positive whole numbers`);
  }
}
