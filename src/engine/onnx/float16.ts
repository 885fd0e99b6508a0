/** float32 to IEEE 754 half precision, rounded to nearest even, as its 16 bits; overflow gives infinity. */
export function float16Bits(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0];
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  const half = exponent - 112;
  if (half >= 31) return sign | 0x7c00;
  if (half <= 0) {
    if (half < -10) return sign;
    const full = fraction | 0x800000;
    const shift = 14 - half;
    const rounded = (full + (1 << (shift - 1)) - 1 + ((full >>> shift) & 1)) >>> shift;
    return sign | rounded;
  }
  const rounded = (half << 10) + ((fraction + 0xfff + ((fraction >>> 13) & 1)) >>> 13);
  return sign | Math.min(rounded, 0x7c00);
}

const scratchFloat = new Float32Array(1);
const scratchBits = new Uint32Array(scratchFloat.buffer);
