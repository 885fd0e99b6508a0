/**
 * Which of `from` pixels each of `to` pixels takes when a mask is resized by nearest as Pillow does: floor((o + 1/2) n / m)
 * with the product added up step by step in doubles. The rounding of that sum decides where the exact product falls on
 * the edge of a pixel (1024 to 480: every 15th), and ground truths were resized so.
 */
export function nearestPositions(from: number, to: number): Int32Array {
  const positions = new Int32Array(to);
  const step = from / to;
  let position = step * 0.5;
  for (let out = 0; out < to; out++, position += step) positions[out] = Math.min(from - 1, Math.floor(position));
  return positions;
}
