import { patchPx } from '../models/index.js';
import { toFloat32 } from '../tensors/index.js';
import type { PublishedSettings } from './publishedSettings.js';
import type { WeightSource } from './weightSource.js';

const pattern =
  /(?:^|\.)(?:layers\.(\d+)\.blocks|features\.(\d+))\.\d+\.(?:attn\.)?(relative_position_index|relative_coords_table|attn_mask)$/;

/**
 * Reads what the buffers of a Swin v2 say that its parameters do not. Microsoft's files carry them, torchvision's in part:
 * `relative_position_index` has w^4 pairs, `relative_coords_table` the (2w - 1)^2 offsets log2(1 + 8c / (p - 1)) / 3 in
 * which p is the window that their scale is of, and `attn_mask`, which only shifted blocks have, as many windows as the
 * map.
 * @returns the largest window of a stage, the side in pixels that the network was made for, each stage's scale; what the
 *   file does not tell is left out
 */
export async function readWindowBuffers(source: WeightSource): Promise<PublishedSettings> {
  const windows: number[] = [];
  const scales = [0, 0, 0, 0];
  const maskWindows: number[] = [];
  for (const name of source.names) {
    const match = pattern.exec(name);
    if (!match) continue;
    const stage = match[1] === undefined ? (Number(match[2]) - 1) / 2 : Number(match[1]);
    const shape = source.shape(name);
    const count = shape.reduce((product, size) => product * size, 1);
    if (match[3] === 'relative_position_index') windows[stage] = Math.round(count ** 0.25);
    else if (match[3] === 'attn_mask') maskWindows[stage] = shape[0];
    else {
      const window = (Math.round(Math.sqrt(count / 2)) + 1) / 2;
      windows[stage] = window;
      const largest = toFloat32(await source.read(name)).reduce((most, value) => Math.max(most, value), 0);
      const scale = Math.round(1 + (8 * (window - 1)) / (2 ** (3 * largest) - 1));
      if (stage in scales && Number.isFinite(scale)) scales[stage] = scale;
    }
  }
  const window = Math.max(0, ...windows.filter(Boolean));
  if (window === 0) return {};
  const stages = [0, 1, 2, 3];
  // A stage of a smaller window has a map of that side; a shifted one a map of several windows.
  const cut = stages.find((stage) => windows[stage] < window);
  const shifted = stages.find((stage) => maskWindows[stage] !== undefined && windows[stage] === window);
  const side = (stage: number): number =>
    stage === cut ? windows[stage] : Math.round(Math.sqrt(maskWindows[stage])) * window;
  const told = shifted ?? cut;
  return {
    window_size: window,
    ...(told === undefined ? {} : { image_size: patchPx * 2 ** told * side(told) }),
    ...(scales.some((scale) => scale > 0) ? { pretrained_window_sizes: scales } : {}),
  };
}
