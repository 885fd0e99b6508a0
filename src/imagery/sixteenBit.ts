/** Beyond what a sensor of 14 bits counts to. */
const fullRangeFrom = 16384;

/**
 * Scales 16-bit values (`bands` interleaved) to 8 bits, by the bands that a picture is made of (of grey and alpha the
 * first, else at most the first three) and without the values 0 and 65535, which mark missing and saturated pixels.
 * - A picture whose values are all multiples of 257 is one of 8 bits stored in 16: divided by 257 it comes back as it was.
 * - One whose 98th percentile lies in the upper three quarters of the range uses the range, and is divided by 257 too.
 * - Anything else are counts of a sensor (11 or 12 bits in 16, as satellites deliver): the range from the 2nd to the 98th
 *   percentile is spread over 0..255, with one scale for all bands so that hues stay. A few bright values change nothing.
 */
export function stretchSixteenBit(values: Uint16Array, bands: number): Uint8Array {
  const histogram = new Uint32Array(65536);
  const used = bands < 3 ? 1 : 3;
  for (let at = 0; at < values.length; at += bands) {
    for (let band = 0; band < used; band++) histogram[values[at + band]]++;
  }
  const [low, high] = [percentile(histogram, 0.02), percentile(histogram, 0.98)];
  const table = new Uint8Array(65536);
  if (high >= fullRangeFrom || holdsEightBits(histogram)) {
    for (let value = 0; value < 65536; value++) table[value] = Math.round(value / 257);
  } else {
    const range = Math.max(1, high - low);
    for (let value = 0; value < 65536; value++) {
      table[value] = Math.round(255 * Math.min(1, Math.max(0, (value - low) / range)));
    }
  }
  const bytes = new Uint8Array(values.length);
  for (let at = 0; at < values.length; at++) bytes[at] = table[values[at]];
  return bytes;
}

/** Whether every value is one of 8 bits times 257. */
function holdsEightBits(histogram: Uint32Array): boolean {
  return histogram.every((count, value) => count === 0 || value % 257 === 0);
}

/** The smallest value that at least `share` of the values between 0 and 65535 do not exceed; 0 when there are none. */
function percentile(histogram: Uint32Array, share: number): number {
  let total = 0;
  for (let value = 1; value < 65535; value++) total += histogram[value];
  let count = 0;
  for (let value = 1; value < 65535; value++) {
    count += histogram[value];
    if (count > 0 && count >= share * total) return value;
  }
  return 0;
}
