/** Where along an axis of `from` cells each of `to` places reads. */
function placesRead(from: number, to: number, alignCorners: boolean): Float64Array {
  const step = alignCorners ? (to > 1 ? (from - 1) / (to - 1) : 0) : from / to;
  const first = alignCorners ? 0 : step / 2 - 0.5;
  return Float64Array.from({ length: to }, (_, place) => Math.min(from - 1, Math.max(0, first + place * step)));
}

/**
 * Bilinear resize of one map, the same as the model's own last step: [h, w] -> [height, width].
 * Resizing the difference of two logit maps gives the difference of the resized ones.
 * @param alignCorners whether the outer cells' centres lie on the outer pixels' centres, as in the published models; else
 *   cells are squares of the picture
 */
export function resizeMargins(
  map: Float32Array,
  [fromHeight, fromWidth]: readonly [height: number, width: number],
  [height, width]: readonly [height: number, width: number],
  alignCorners: boolean,
): Float32Array {
  const result = new Float32Array(height * width);
  const columns = placesRead(fromWidth, width, alignCorners);
  for (const [row, y] of placesRead(fromHeight, height, alignCorners).entries()) {
    const top = Math.floor(y);
    const bottom = Math.min(top + 1, fromHeight - 1);
    const down = y - top;
    for (let column = 0; column < width; column++) {
      const x = columns[column];
      const left = Math.floor(x);
      const right = Math.min(left + 1, fromWidth - 1);
      const across = x - left;
      const upper = map[top * fromWidth + left] * (1 - across) + map[top * fromWidth + right] * across;
      const lower = map[bottom * fromWidth + left] * (1 - across) + map[bottom * fromWidth + right] * across;
      result[row * width + column] = upper * (1 - down) + lower * down;
    }
  }
  return result;
}

/** Pixels whose margin is above a threshold, as 0 and 1. */
export function maskOfMargins(margins: Float32Array, threshold = 0): Uint8Array {
  const mask = new Uint8Array(margins.length);
  for (let index = 0; index < margins.length; index++) mask[index] = margins[index] > threshold ? 1 : 0;
  return mask;
}
