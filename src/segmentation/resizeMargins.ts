/**
 * Bilinear resize (align corners) of one map, the same as the model's own last step: [h, w] -> [height, width].
 * Resizing the difference of two logit maps gives the difference of the resized ones.
 */
export function resizeMargins(
  map: Float32Array,
  fromHeight: number,
  fromWidth: number,
  height: number,
  width: number,
): Float32Array {
  const result = new Float32Array(height * width);
  const columnStep = width > 1 ? (fromWidth - 1) / (width - 1) : 0;
  const rowStep = height > 1 ? (fromHeight - 1) / (height - 1) : 0;
  for (let row = 0; row < height; row++) {
    const y = row * rowStep;
    const top = Math.min(Math.floor(y), fromHeight - 1);
    const bottom = Math.min(top + 1, fromHeight - 1);
    const down = y - top;
    for (let column = 0; column < width; column++) {
      const x = column * columnStep;
      const left = Math.min(Math.floor(x), fromWidth - 1);
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
