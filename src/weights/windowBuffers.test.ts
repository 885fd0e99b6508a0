import { describe, expect, it } from 'vitest';
import { elementCount, float32Tensor, type Tensor } from '../tensors/index.js';
import { sourceInMemory } from './testSource.js';
import type { WeightSource } from './weightSource.js';
import { readWindowBuffers } from './windowBuffers.js';

/** The table of offsets of a window on the scale of another. */
function offsets(window: number, scale: number): Tensor {
  const side = 2 * window - 1;
  const along = (place: number): number => {
    const eight = (8 * (place - window + 1)) / (scale - 1);
    return (Math.sign(eight) * Math.log2(1 + Math.abs(eight))) / 3;
  };
  const data = Float32Array.from({ length: side * side * 2 }, (_, index) => {
    const place = Math.floor(index / 2);
    return along(index % 2 === 0 ? Math.floor(place / side) : place % side);
  });
  return float32Tensor([1, side, side, 2], data);
}

const zeros = (...shape: number[]): Tensor => float32Tensor(shape, new Float32Array(elementCount(shape)));

/** Buffers of a network as Microsoft's files have them. */
function buffers(windows: readonly number[], scales: readonly number[], maskWindows: readonly number[]): WeightSource {
  const tensors = new Map<string, Tensor>();
  for (const [stage, window] of windows.entries()) {
    const block = `layers.${stage}.blocks.`;
    tensors.set(`${block}0.attn.relative_position_index`, zeros(window ** 2, window ** 2));
    tensors.set(`${block}0.attn.relative_coords_table`, offsets(window, scales[stage]));
    if (maskWindows[stage]) tensors.set(`${block}1.attn_mask`, zeros(maskWindows[stage], window ** 2, window ** 2));
  }
  return sourceInMemory(tensors);
}

describe('buffers of a Swin v2', () => {
  it('tell window, the size that it was made for, and the scale of its positions', async () => {
    // Window 16, fine-tuned at 256 px from 12 at 192: maps of 64, 32, 16 and 8.
    const tuned = buffers([16, 16, 16, 8], [12, 12, 12, 6], [16, 4]);
    const found = { window_size: 16, image_size: 256, pretrained_window_sizes: [12, 12, 12, 6] };
    expect(await readWindowBuffers(tuned)).toEqual(found);
    const unmasked = buffers([16, 16, 16, 8], [12, 12, 12, 6], []);
    expect(await readWindowBuffers(unmasked)).toEqual(found);
    expect(await readWindowBuffers(buffers([8, 8, 8, 8], [8, 8, 8, 8], [64, 16, 4]))).toEqual({
      window_size: 8,
      image_size: 256,
      pretrained_window_sizes: [8, 8, 8, 8],
    });
  });

  it("of torchvision's files tell the window; where there are none, nothing is told", async () => {
    const tensors = new Map([
      ['backbone.features.1.0.attn.relative_position_index', zeros(4096)],
      ['backbone.features.1.0.attn.relative_coords_table', offsets(8, 8)],
    ]);
    expect(await readWindowBuffers(sourceInMemory(tensors))).toEqual({
      window_size: 8,
      pretrained_window_sizes: [8, 0, 0, 0],
    });
    expect(await readWindowBuffers(sourceInMemory(new Map([['norm.weight', zeros(4)]])))).toEqual({});
  });
});
