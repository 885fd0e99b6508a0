/**
 * Scales 16-bit values (`bands` interleaved) to 8 bits. A picture that uses the upper three quarters of the range is
 * taken as full-range and divided by 257, so that an 8-bit picture stored in 16 comes back as it was. Smaller values are
 * counts of a sensor (11 or 12 bits in 16, as satellites deliver): the range from the 2nd to the 98th percentile of all
 * values but 0, which marks missing pixels, is spread over 0..255, with one scale for all bands so that hues stay.
 */
export function stretchSixteenBit(values: Uint16Array, bands: number): Uint8Array {
  const histogram = new Uint32Array(65536);
  // An alpha band (the 2nd or 4th) is full where the picture is: it says nothing about the values' range.
  const measured = bands === 2 || bands === 4 ? bands - 1 : bands;
  for (let at = 0; at < values.length; at += bands) {
    for (let band = 0; band < measured; band++) histogram[values[at + band]]++;
  }
  let top = 65535;
  while (top > 0 && histogram[top] === 0) top--;
  const table = new Uint8Array(65536);
  if (top >= 16384) {
    for (let value = 0; value < 65536; value++) table[value] = Math.round(value / 257);
  } else {
    const low = percentile(histogram, 0.02);
    const high = Math.max(low + 1, percentile(histogram, 0.98));
    for (let value = 0; value < 65536; value++) {
      table[value] = Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low))));
    }
  }
  const bytes = new Uint8Array(values.length);
  for (let at = 0; at < values.length; at++) bytes[at] = table[values[at]];
  return bytes;
}

/** The smallest value that at least `share` of the values above 0 do not exceed; 0 when all are 0. */
function percentile(histogram: Uint32Array, share: number): number {
  let total = 0;
  for (let value = 1; value < histogram.length; value++) total += histogram[value];
  let count = 0;
  for (let value = 1; value < histogram.length; value++) {
    count += histogram[value];
    if (count > 0 && count >= share * total) return value;
  }
  return 0;
}
