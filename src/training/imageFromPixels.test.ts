import { expect, it } from 'vitest';
import { compile, type HostTensor, input } from '../engine/index.js';
import { normalizeImageNet, normalizeRgb255 } from '../imagery/index.js';
import { createRandom } from '../random/index.js';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import { imageFromPixels } from './imageFromPixels.js';

it.each(['imagenet', 'unit'] as const)('bytes are normalised in the graph as outside it: %s', async (how) => {
  const [batch, height, width] = [2, 3, 5];
  const random = createRandom('pixels');
  const data = Uint8Array.from({ length: batch * height * width * 3 }, () => random.integer(256));
  const wanted = new Float32Array(data.length);
  for (let place = 0; place < batch; place++) {
    const from = place * height * width * 3;
    const image = { width, height, data: data.subarray(from, from + height * width * 3) };
    (how === 'unit' ? normalizeRgb255 : normalizeImageNet)(image, wanted, from);
  }
  const pixels = input('pixels', [batch, height, width, 3], 'uint8');
  const compiled = await compile({ image: imageFromPixels(pixels, how) }, { runtime: onnxruntimeNode });
  const results = await compiled.run({ pixels: { type: 'uint8', shape: [batch, height, width, 3], data } });
  await compiled.release();
  const image = results.image as HostTensor;
  expect(image.shape).toEqual([batch, 3, height, width]);
  const largest = (image.data as Float32Array).reduce(
    (most, value, at) => Math.max(most, Math.abs(value - wanted[at])),
    0,
  );
  expect(largest).toBeLessThan(1e-6);
});
