import { expect, it } from 'vitest';
import { normalizeImageNet, normalizeRgb255 } from './normalise.js';

const [width, height] = [16, 17];
const image = {
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, at) => (Math.floor(at / 3) + 85 * (at % 3)) % 256),
};
const area = width * height;

it.each([
  // Mean and deviation of red, green and blue as torchvision's models have them.
  ['ImageNet', normalizeImageNet, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]],
  ['the unit', normalizeRgb255, [0, 0, 0], [1, 1, 1]],
] as const)('every byte of every band is scaled to %s, band after band', (_, normalise, mean, deviation) => {
  const target = new Float32Array(3 * area + 7).fill(9);
  normalise(image, target, 4);
  for (let pixel = 0; pixel < area; pixel++) {
    for (let band = 0; band < 3; band++) {
      const wanted = (image.data[3 * pixel + band] / 255 - mean[band]) / deviation[band];
      expect(target[4 + band * area + pixel], `pixel ${pixel}, band ${band}`).toBeCloseTo(wanted, 5);
    }
  }
  expect([...target.subarray(0, 4), ...target.subarray(4 + 3 * area)]).toEqual(new Array(7).fill(9));
  expect(() => normalise(image, target, 8)).toThrow(`need ${8 + 3 * area} floats, the target holds ${7 + 3 * area}`);
  expect(() => normalise(image, target, -1)).toThrow(RangeError);
});
