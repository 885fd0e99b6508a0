import sharp from 'sharp';
import type { RgbImage } from './image.js';

const raw = (image: { width: number; height: number; data: Uint8Array }, channels: 1 | 3) =>
  sharp(image.data, { raw: { width: image.width, height: image.height, channels }, limitInputPixels: false });

/** A picture as a PNG file's bytes. */
export async function encodePng(image: RgbImage): Promise<Uint8Array> {
  return raw(image, 3).png().toBuffer();
}

/** A picture as a JPEG file's bytes; `quality` 1 to 100 (default 90), colour kept at full resolution from 90 on. */
export async function encodeJpeg(image: RgbImage, quality = 90): Promise<Uint8Array> {
  return raw(image, 3)
    .jpeg({ quality, chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0' })
    .toBuffer();
}

/**
 * A dense mask (row-major, 0 or 1) as the bytes of a grey PNG, 0 outside and 255 inside. Throws a RangeError when its
 * length is not height x width.
 */
export async function encodeMaskPng(mask: Uint8Array, height: number, width: number): Promise<Uint8Array> {
  if (mask.length !== height * width) {
    throw new RangeError(`mask of ${mask.length} pixels: expected ${height} x ${width}`);
  }
  const data = mask.map((value) => (value === 0 ? 0 : 255));
  return raw({ width, height, data }, 1).toColourspace('b-w').png().toBuffer();
}
