import type { Random } from '../random/index.js';
import { decodeImage } from './decodeImage.js';
import { encodeJpeg } from './encodeImage.js';
import type { Rgb, RgbImage } from './image.js';

/** How colours change; each is neutral when left out. */
export interface ColourChange {
  /** Factor on all values (1 neutral). */
  readonly brightness?: number;
  /** Factor on the distance from the picture's mean grey (1 neutral). */
  readonly contrast?: number;
  /** Factor on the distance from each pixel's grey (1 neutral, 0 a grey picture). */
  readonly saturation?: number;
  /** Turn of the hues in degrees (0 neutral), about the grey axis. */
  readonly hueDegrees?: number;
}

/** Weights of red, green and blue in grey (ITU-R BT.601, as Pillow's `convert('L')`). */
const grey: Rgb = [0.299, 0.587, 0.114];

/** The picture with other colours, all four changes in one pass over the pixels. */
export function changeColours(image: RgbImage, change: ColourChange): RgbImage {
  const { brightness = 1, contrast = 1, saturation = 1, hueDegrees = 0 } = change;
  const { data } = image;
  let mean = 0;
  if (contrast !== 1) {
    for (let at = 0; at < data.length; at += 3) {
      mean += grey[0] * data[at] + grey[1] * data[at + 1] + grey[2] * data[at + 2];
    }
    mean /= image.width * image.height;
  }
  // Rotation about (1, 1, 1), then saturation, brightness and contrast: one 3 x 3 matrix and one constant.
  const cosine = Math.cos((hueDegrees * Math.PI) / 180);
  const sine = Math.sin((hueDegrees * Math.PI) / 180);
  const third = (1 - cosine) / 3;
  const root = Math.sqrt(1 / 3) * sine;
  const hue = [
    [cosine + third, third - root, third + root],
    [third + root, cosine + third, third - root],
    [third - root, third + root, cosine + third],
  ];
  const scale = brightness * contrast;
  const matrix = hue.map((row) =>
    row.map((value, column) => {
      const own = hue.reduce((sum, other, band) => sum + grey[band] * other[column], 0);
      return scale * (saturation * value + (1 - saturation) * own);
    }),
  );
  const constant = brightness * mean * (1 - contrast);
  const [[a, b, c], [d, e, f], [g, h, i]] = matrix;
  const result = new Uint8ClampedArray(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const red = data[at];
    const green = data[at + 1];
    const blue = data[at + 2];
    result[at] = a * red + b * green + c * blue + constant;
    result[at + 1] = d * red + e * green + f * blue + constant;
    result[at + 2] = g * red + h * green + i * blue + constant;
  }
  return { width: image.width, height: image.height, data: new Uint8Array(result.buffer) };
}

/** A light blur: the binomial kernel 1 2 1 in both directions, borders repeated. */
export function blur({ width, height, data }: RgbImage): RgbImage {
  const rows = new Uint16Array(data.length);
  for (let row = 0; row < height; row++) {
    const start = row * width * 3;
    const last = start + (width - 1) * 3;
    for (let at = start; at < last + 3; at++) {
      rows[at] = data[at < start + 3 ? at : at - 3] + 2 * data[at] + data[at >= last ? at : at + 3];
    }
  }
  const result = new Uint8Array(data.length);
  const stride = width * 3;
  for (let at = 0; at < data.length; at++) {
    const above = at < stride ? at : at - stride;
    const below = at + stride >= data.length ? at : at + stride;
    result[at] = (rows[above] + 2 * rows[at] + rows[below] + 8) >> 4;
  }
  return { width, height, data: result };
}

/** Normal noise of standard deviation `sigma` (in steps of 0..255) on every value. */
export function addNoise(image: RgbImage, sigma: number, random: Random): RgbImage {
  // A table read from drawn places: a normal number for each of a million values would cost more than the decoding.
  const table = Float32Array.from({ length: 4093 }, () => random.normal() * sigma);
  const result = new Uint8ClampedArray(image.data.length);
  for (let start = 0; start < result.length; start += 1024) {
    let place = random.integer(table.length);
    const end = Math.min(result.length, start + 1024);
    for (let at = start; at < end; at++) {
      result[at] = image.data[at] + table[place];
      place = place + 1 === table.length ? 0 : place + 1;
    }
  }
  return { width: image.width, height: image.height, data: new Uint8Array(result.buffer) };
}

/** The picture as a JPEG of the given quality (1 to 100) leaves it. */
export async function degradeByJpeg(image: RgbImage, quality: number): Promise<RgbImage> {
  return decodeImage(await encodeJpeg(image, quality));
}

/** Blackens `count` random squares of `sidePx`; they may overlap. */
export function cutSquares(image: RgbImage, count: number, sidePx: number, random: Random): RgbImage {
  const data = image.data.slice();
  for (let square = 0; square < count; square++) {
    const left = random.integer(Math.max(1, image.width - sidePx + 1));
    const top = random.integer(Math.max(1, image.height - sidePx + 1));
    const right = Math.min(image.width, left + sidePx);
    for (let row = top; row < Math.min(image.height, top + sidePx); row++) {
      data.fill(0, (row * image.width + left) * 3, (row * image.width + right) * 3);
    }
  }
  return { width: image.width, height: image.height, data };
}
