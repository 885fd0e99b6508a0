import type { DType } from './dtype.js';

/** The eight-bit floating-point types (OCP 8-bit floating point specification 1.0, and the FNUZ forms of ONNX). */
export type Float8DType = Extract<DType, `F8_${string}`>;

/** The value of one eight-bit float given as its bits. */
export function float8ToNumber(dtype: Float8DType, bits: number): number {
  if (dtype === 'F8_E8M0') return bits === 255 ? Number.NaN : 2 ** (bits - 127);
  const fractionBits = dtype.startsWith('F8_E4M3') ? 3 : 2;
  const unsignedZero = dtype.endsWith('FNUZ');
  const bias = 2 ** (6 - fractionBits) - 1 + (unsignedZero ? 1 : 0);
  const sign = bits & 0x80 ? -1 : 1;
  const magnitude = bits & 0x7f;
  const exponent = magnitude >>> fractionBits;
  const fraction = magnitude & (2 ** fractionBits - 1);
  if (unsignedZero) {
    if (bits === 0x80) return Number.NaN;
  } else if (dtype === 'F8_E4M3') {
    if (magnitude === 0x7f) return Number.NaN;
  } else if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  const scale = 2 ** (Math.max(exponent, 1) - bias - fractionBits);
  return sign * (fraction + (exponent > 0 ? 2 ** fractionBits : 0)) * scale;
}

/** Eight-bit floats to float32 values, exactly (2^-127 of F8_E8M0 is a subnormal float32). */
export function decodeFloat8(dtype: Float8DType, bits: Uint8Array): Float32Array {
  const table = new Float32Array(256);
  for (let code = 0; code < 256; code++) table[code] = float8ToNumber(dtype, code);
  const out = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) out[index] = table[bits[index]];
  return out;
}
