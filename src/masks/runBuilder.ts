/** Collects set pixels in rising column-major order into the counts of a mask. */
export interface RunBuilder {
  /** Sets the pixels from `start` up to but without `end`; `start` is never below the last `end`. */
  append(start: number, end: number): void;
  /** The counts for a mask of so many pixels; no run but the first is 0 long. */
  finish(pixels: number): Uint32Array;
}

/** A builder with room for `capacity` counts; it grows when that does not do. */
export function createRunBuilder(capacity = 64): RunBuilder {
  let counts = new Uint32Array(Math.max(4, capacity + 2));
  let length = 0;
  let last = 0;
  return {
    append(start, end) {
      if (end === start) return;
      if (start === last && length > 0) {
        counts[length - 1] += end - start;
      } else {
        if (length + 3 > counts.length) {
          const grown = new Uint32Array(counts.length * 2);
          grown.set(counts);
          counts = grown;
        }
        counts[length++] = start - last;
        counts[length++] = end - start;
      }
      last = end;
    },
    finish(pixels) {
      if (last < pixels || length === 0) counts[length++] = pixels - last;
      return counts.slice(0, length);
    },
  };
}
