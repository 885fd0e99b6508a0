import { UserError } from '../errors/index.js';
import { rleBox } from './measures.js';
import { checkSameSize, type Rle } from './rle.js';

/** What the overlap of two masks needs: ends of the runs in column-major order, the set pixels and their box. */
interface MeasuredMask {
  /** Position where each set run starts and ends: start, end, start, ... rising. */
  readonly ends: Uint32Array;
  readonly areaPx: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Intersection over union of each predicted mask with each true one, as COCO defines it; 0 where the union is empty.
 * @param isCrowd one value a true mask: with a crowd the union is the predicted mask's area alone.
 * @returns one row a predicted mask, one number a true mask.
 * @throws UserError when a mask is damaged, sizes differ, or `isCrowd` has another length than `truth`.
 */
export function rleIou(
  predicted: readonly Rle[],
  truth: readonly Rle[],
  isCrowd?: readonly (boolean | number)[],
): number[][] {
  if (isCrowd !== undefined && isCrowd.length !== truth.length) {
    throw new UserError(`IoU: ${isCrowd.length} crowd flags for ${truth.length} true masks; expected one each`);
  }
  if (predicted.length === 0 || truth.length === 0) return predicted.map(() => []);
  checkSameSize([...truth, ...predicted], 'IoU');
  const measuredTruth = truth.map(measure);
  return predicted.map((rle) => {
    const mask = measure(rle);
    const row = new Array<number>(truth.length);
    for (let index = 0; index < truth.length; index++) {
      const other = measuredTruth[index];
      const shared = sharedPixels(mask, other);
      const union = isCrowd?.[index] ? mask.areaPx : mask.areaPx + other.areaPx - shared;
      row[index] = shared === 0 ? 0 : shared / union;
    }
    return row;
  });
}

/**
 * Pixels set in both masks and in either of them, without building either mask.
 * @throws UserError when a mask is damaged or sizes differ.
 */
export function rleOverlap(a: Rle, b: Rle): { intersectionPx: number; unionPx: number } {
  checkSameSize([a, b], 'overlap');
  const measuredA = measure(a);
  const measuredB = measure(b);
  const intersectionPx = sharedPixels(measuredA, measuredB);
  return { intersectionPx, unionPx: measuredA.areaPx + measuredB.areaPx - intersectionPx };
}

function measure(rle: Rle): MeasuredMask {
  const { counts } = rle;
  const ends = new Uint32Array(counts.length & ~1);
  let position = 0;
  let areaPx = 0;
  for (let run = 0; run < ends.length; run++) {
    position += counts[run];
    ends[run] = position;
    if ((run & 1) === 1) areaPx += counts[run];
  }
  const [left, top, width, height] = rleBox(rle);
  return { ends, areaPx, left, top, right: left + width, bottom: top + height };
}

function sharedPixels(a: MeasuredMask, b: MeasuredMask): number {
  if (a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom) return 0;
  const endsA = a.ends;
  const endsB = b.ends;
  if (endsA.length === 0 || endsB.length === 0) return 0;
  let placeA = firstEndingAfter(endsA, endsB[0]);
  let placeB = firstEndingAfter(endsB, endsA[0]);
  let shared = 0;
  while (placeA < endsA.length && placeB < endsB.length) {
    const startA = endsA[placeA];
    const endA = endsA[placeA + 1];
    const startB = endsB[placeB];
    const endB = endsB[placeB + 1];
    const start = Math.max(startA, startB);
    if (endA < endB) {
      if (endA > start) shared += endA - start;
      placeA += 2;
    } else {
      if (endB > start) shared += endB - start;
      placeB += 2;
    }
  }
  return shared;
}

/** Place of the first set run that ends after a position. */
function firstEndingAfter(ends: Uint32Array, position: number): number {
  let low = 0;
  let high = ends.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[2 * middle + 1] > position) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}
