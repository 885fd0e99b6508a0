let float16Table: Float32Array | undefined;

/** The value of one float16 (IEEE 754 binary16) given as its bits. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** float16 bits to float32 values, exactly. */
export function decodeFloat16(bits: Uint16Array): Float32Array {
  if (!float16Table) {
    float16Table = new Float32Array(0x10000);
    for (let code = 0; code < 0x10000; code++) float16Table[code] = float16ToNumber(code);
  }
  const table = float16Table;
  const out = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) out[index] = table[bits[index]];
  return out;
}

/** bfloat16 bits (the upper half of a float32) to float32 values, exactly. */
export function decodeBfloat16(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length);
  for (let index = 0; index < bits.length; index++) out[index] = bits[index] << 16;
  return new Float32Array(out.buffer);
}

/** The float16 bits nearest to the float32 given as bits: ties to even, too large becomes infinity, NaN stays NaN. */
function roundToFloat16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // From halfway between the largest float16, 65504, and the next power of two.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded - 0x38000000) >>> 13);
  }
  // Subnormal: the result counts steps of 2^-24.
  if (magnitude < 0x33000000) return sign;
  const exponent = magnitude >>> 23;
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const half = 2 ** (shift - 1);
  const quotient = Math.floor(significand / 2 ** shift);
  const rest = significand - quotient * 2 ** shift;
  const up = rest > half || (rest === half && (quotient & 1) === 1) ? 1 : 0;
  return sign | (quotient + up);
}

/** float32 values to float16 bits, rounded to nearest with ties to even; beyond 65519.99 becomes infinity. */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let index = 0; index < out.length; index++) out[index] = roundToFloat16(words[index]);
  return out;
}
