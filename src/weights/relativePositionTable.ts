/** Catmull-Rom-like cubic weights with a = -0.75 of the four taps around a fraction (PyTorch's bicubic). */
function cubicWeights(fraction: number): [number, number, number, number] {
  const a = -0.75;
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [far(1 + fraction), near(fraction), near(1 - fraction), far(2 - fraction)];
}

/** For each of `count` results, the four source places and weights along an axis of `size`: half-pixel centres. */
function taps(size: number, count: number): { places: number[]; weights: number[] }[] {
  return Array.from({ length: count }, (_, index) => {
    const position = ((index + 0.5) * size) / count - 0.5;
    const base = Math.floor(position);
    return {
      places: [-1, 0, 1, 2].map((offset) => Math.min(size - 1, Math.max(0, base + offset))),
      weights: cubicWeights(position - base),
    };
  });
}

/** The window of a relative position table of so many rows, (2w - 1)^2; undefined when there is none. */
export function windowOfTable(rows: number): number | undefined {
  const side = Math.round(Math.sqrt(rows));
  return side * side === rows && side % 2 === 1 ? (side + 1) / 2 : undefined;
}

/**
 * Resizes a table of relative position biases to another window: per head as an image of (2w - 1)^2, bicubic with
 * a = -0.75 and half-pixel centres, taps clamped to the border; summed in double precision.
 * @param table [(2 from - 1)^2, heads]
 * @returns [(2 to - 1)^2, heads]
 */
export function resizeRelativePositionTable(
  table: Float32Array,
  heads: number,
  fromWindow: number,
  toWindow: number,
): Float32Array {
  const [from, to] = [2 * fromWindow - 1, 2 * toWindow - 1];
  if (table.length !== from * from * heads)
    throw new RangeError(`a table of window ${fromWindow} and ${heads} heads does not have ${table.length} numbers`);
  const along = taps(from, to);
  const result = new Float32Array(to * to * heads);
  for (let row = 0; row < to; row++)
    for (let column = 0; column < to; column++)
      for (let head = 0; head < heads; head++) {
        let sum = 0;
        for (let i = 0; i < 4; i++)
          for (let j = 0; j < 4; j++)
            sum +=
              along[row].weights[i] *
              along[column].weights[j] *
              table[(along[row].places[i] * from + along[column].places[j]) * heads + head];
        result[(row * to + column) * heads + head] = sum;
      }
  return result;
}
