import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { normalizeImageNet, normalizeRgb255 } from './normalise.js';
import { resizeBilinearPillow, resizeNearestPillow } from './resizePillow.js';

const file = readFileSync(join(import.meta.dirname, '../../test/fixtures/golden/preprocess.safetensors'));
const headerBytes = Number(file.readBigUInt64LE(0));
const header = JSON.parse(file.subarray(8, 8 + headerBytes).toString());
const tensor = (name: string): { shape: number[]; values: number[] } => {
  const { dtype, shape, data_offsets } = header[name];
  const bytes = new Uint8Array(file.subarray(8 + headerBytes + data_offsets[0], 8 + headerBytes + data_offsets[1]));
  const values =
    dtype === 'I64' ? [...new BigInt64Array(bytes.buffer)].map(Number) : [...new Float32Array(bytes.buffer)];
  return { shape, values };
};
const cases: { height: number; width: number; size: number }[] = JSON.parse(header.__metadata__.config).cases;

describe("Pillow's resize, golden kind preprocess", () => {
  it.each(cases.map((entry, index) => ({ ...entry, index })))(
    '$height x $width to $size: picture and mask to the bit, floats within tolerance',
    ({ height, width, size, index }) => {
      const image = { height, width, data: Uint8Array.from(tensor(`input.image.${index}`).values) };
      const resized = resizeBilinearPillow(image, size, size);
      expect([...resized.data]).toEqual(tensor(`output.resized.${index}`).values);
      const mask = { height, width, data: Uint8Array.from(tensor(`input.mask.${index}`).values) };
      expect([...resizeNearestPillow(mask, size, size).data]).toEqual(tensor(`output.mask.${index}`).values);
      const floats = new Float32Array(3 * size * size);
      normalizeImageNet(resized, floats);
      const wanted = tensor(`output.image.${index}`).values;
      const worst = wanted.reduce((most, value, at) => Math.max(most, Math.abs(value - floats[at])), 0);
      expect(worst).toBeLessThan(1e-6);
    },
  );

  it('keeps a flat picture flat at any size', () => {
    for (const [height, width] of [
      [1, 1],
      [3, 500],
      [211, 7],
    ]) {
      const flat = { height: 33, width: 47, data: new Uint8Array(33 * 47 * 3).fill(255) };
      expect(resizeBilinearPillow(flat, height, width).data.every((value) => value === 255)).toBe(true);
    }
  });

  it('refuses a size that is none', () => {
    expect(() => resizeBilinearPillow({ height: 1, width: 1, data: new Uint8Array(3) }, 0, 4)).toThrow('0 x 4');
  });
});

describe('normalisation', () => {
  it('writes bands one after the other from the offset on', () => {
    const target = new Float32Array(12);
    normalizeRgb255({ height: 1, width: 2, data: Uint8Array.from([255, 0, 51, 0, 255, 102]) }, target, 6);
    expect([...target].slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...target.slice(6)].map((value) => Math.round(value * 10) / 10)).toEqual([1, 0, 0, 1, 0.2, 0.4]);
  });

  it('says how much room is missing', () => {
    const image = { height: 2, width: 2, data: new Uint8Array(12) };
    expect(() => normalizeImageNet(image, new Float32Array(12), 1)).toThrow('need 13 floats, the target holds 12');
  });
});
