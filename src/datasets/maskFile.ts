import sharp from 'sharp';
import { encodeRle, type Rle } from '../masks/index.js';

/**
 * Reads a mask kept as a picture: every pixel above zero (above 127 in a JPEG, whose zeros are noisy) in any colour
 * channel is in the mask. Throws what sharp throws on an unreadable file.
 */
export async function readMaskFile(path: string): Promise<Rle> {
  const picture = sharp(path, { limitInputPixels: false });
  const [{ data, info }, { format }] = await Promise.all([
    picture.removeAlpha().raw().toBuffer({ resolveWithObject: true }),
    picture.metadata(),
  ]);
  const threshold = format === 'jpeg' ? 127 : 0;
  const { width, height, channels } = info;
  const mask = new Uint8Array(width * height);
  if (channels === 1) for (let pixel = 0; pixel < mask.length; pixel++) mask[pixel] = data[pixel] > threshold ? 1 : 0;
  else {
    for (let at = 0; at < data.length; at++) if (data[at] > threshold) mask[(at / channels) | 0] = 1;
  }
  return encodeRle(mask, height, width);
}
