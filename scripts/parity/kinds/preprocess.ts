import { z } from 'zod';
import { floatTensor, type HostTensor, integerTensor } from '../../../src/engine/index.js';
import { normalizeImageNet } from '../../../src/imagery/normalise.js';
import { resizeBilinearPillow, resizeNearestPillow } from '../../../src/imagery/resizePillow.js';
import type { Kind } from '../kind.js';

const configSchema = z.object({
  cases: z.array(z.object({ height: z.number(), width: z.number(), size: z.number() })),
});

/** `preprocess`: Pillow's bilinear resize of a picture and nearest of a mask, and the normalised picture. */
export const preprocess: Kind = {
  async compute({ config, tensors }) {
    const results: Record<string, HostTensor> = {};
    for (const [index, { height, width, size }] of configSchema.parse(config).cases.entries()) {
      const bytesOf = (name: string) =>
        Uint8Array.from(tensors.get(`input.${name}.${index}`)!.data as BigInt64Array, Number);
      const resized = resizeBilinearPillow({ height, width, data: bytesOf('image') }, size, size);
      results[`resized.${index}`] = integerTensor(resized.data, [size, size, 3]);
      const mask = resizeNearestPillow({ height, width, data: bytesOf('mask') }, size, size);
      results[`mask.${index}`] = integerTensor(mask.data, [size, size]);
      const floats = new Float32Array(3 * size * size);
      normalizeImageNet(resized, floats);
      results[`image.${index}`] = floatTensor(floats, [3, size, size]);
    }
    return results;
  },
};
