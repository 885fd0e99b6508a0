import { fileURLToPath } from 'node:url';
import { decodeImage, type RgbImage } from '../imagery/index.js';

/** A picture: a path or `file:` URL, a file's bytes, or pixels (RGB, row by row). */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | RgbImage;

const described = (value: unknown): string =>
  value === null || typeof value !== 'object' ? String(value) : (value.constructor?.name ?? 'an object');

function checkPixels({ width, height, data }: RgbImage): void {
  if (!(data instanceof Uint8Array)) {
    throw new TypeError(`image: its data are ${described(data)}; expected a Uint8Array of RGB`);
  }
  const isSize = [width, height].every((side) => Number.isInteger(side) && side > 0);
  if (!isSize || data.length !== width * height * 3) {
    throw new RangeError(
      `image of ${width} x ${height} pixels: ${data.length} bytes; expected ${isSize ? width * height * 3 : 'whole numbers above 0 as its size'}`,
    );
  }
}

/** A program hears of a damaged picture by Node's own warnings (`process.on('warning', ...)`). */
const decode = (source: string | Uint8Array): Promise<RgbImage> =>
  decodeImage(source, { onDamage: (message) => process.emitWarning(message, 'RefersatWarning') });

/**
 * The pixels of a picture, decoded where it is a file; one that is damaged in the middle is read as far as that goes,
 * with a warning of the process.
 * @throws UserError when the file cannot be read, TypeError for what is no picture, RangeError for pixels that do not
 *   fill their size
 */
export async function readImageSource(source: ImageSource): Promise<RgbImage> {
  if (typeof source === 'string' || source instanceof Uint8Array) return decode(source);
  if (source instanceof ArrayBuffer) return decode(new Uint8Array(source));
  if (source instanceof URL) {
    if (source.protocol !== 'file:') {
      throw new TypeError(`image: ${source.href} is no file; fetch it and hand in its bytes`);
    }
    return decode(fileURLToPath(source));
  }
  if (typeof source !== 'object' || source === null || !('data' in source)) {
    throw new TypeError(
      `image: got ${described(source)}; expected a path, a file URL, a file's bytes (Uint8Array, ArrayBuffer), or pixels { width, height, data }`,
    );
  }
  checkPixels(source);
  return source;
}
