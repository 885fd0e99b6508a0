import sharp from 'sharp';
import { defaultMaxPixels } from '../imagery/index.js';
import { encodeRle, type Rle } from '../masks/index.js';

/**
 * Reads a mask kept as a picture: every pixel above zero (above 127 in a JPEG, whose zeros are noisy) in any colour
 * channel is in the mask. Throws what sharp throws on an unreadable file, and on one of more
 * pixels than any picture may have: a header alone must not take the memory.
 */
export async function readMaskFile(path: string): Promise<Rle> {
  const { data, info } = await sharp(path, { limitInputPixels: defaultMaxPixels })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const threshold = /\.jpe?g$/i.test(path) ? 127 : 0;
  const { width, height, channels } = info;
  const mask = new Uint8Array(width * height);
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0, at = channel; pixel < mask.length; pixel++, at += channels) {
      if (data[at] > threshold) mask[pixel] = 1;
    }
  }
  return encodeRle(mask, height, width);
}
