/** One window of a picture, in pixels. */
export interface ImageWindow {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Starts of windows of `size` along an axis, at least `overlap` of them shared with the next, the last at the end. */
function starts(length: number, size: number, overlap: number): number[] {
  if (length <= size) return [0];
  const count = Math.ceil((length - size) / (size * (1 - overlap))) + 1;
  return Array.from({ length: count }, (_, index) => Math.round((index * (length - size)) / (count - 1)));
}

/**
 * Windows that cover a picture with overlap.
 * @param sizePx side of a window; a smaller picture is one window of its own size
 * @param overlap share of a window that the next one covers too, at least
 */
export function coveringWindows(width: number, height: number, sizePx: number, overlap: number): ImageWindow[] {
  const windowWidth = Math.min(width, sizePx);
  const windowHeight = Math.min(height, sizePx);
  return starts(height, windowHeight, overlap).flatMap((y) =>
    starts(width, windowWidth, overlap).map((x) => ({ x, y, width: windowWidth, height: windowHeight })),
  );
}

/** How much a window's pixel counts where windows overlap: most in its middle, little at its border (a tent). */
export function windowWeight(position: number, size: number): number {
  return Math.min(position + 1, size - position) / size;
}
