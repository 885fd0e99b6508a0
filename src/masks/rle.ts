/**
 * A run-length mask as COCO defines it: lengths of alternating runs over the mask's pixels in column-major order,
 * the first run counting zeros (it may be 0 long). The counts sum to height x width.
 */
export interface Rle {
  readonly height: number;
  readonly width: number;
  readonly counts: Uint32Array;
}
