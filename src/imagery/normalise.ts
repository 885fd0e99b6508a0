import type { RgbImage } from './image.js';

/** Mean and standard deviation of ImageNet's pictures, of values in 0..1, in the order red, green, blue. */
export const imageNetMean = [0.485, 0.456, 0.406] as const;
export const imageNetStd = [0.229, 0.224, 0.225] as const;

/** For each band the float of each byte. */
type Tables = readonly [Float32Array, Float32Array, Float32Array];

const imageNetTables = [0, 1, 2].map((band) =>
  Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - imageNetMean[band]) / imageNetStd[band]),
) as unknown as Tables;

const unitTable = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

function fill(image: RgbImage, target: Float32Array, offset: number, tables: Tables): void {
  const area = image.width * image.height;
  if (offset < 0 || offset + 3 * area > target.length) {
    throw new RangeError(
      `normalise: ${image.height} x ${image.width} pixels at offset ${offset} need ${offset + 3 * area} floats, the target holds ${target.length}`,
    );
  }
  const { data } = image;
  const [red, green, blue] = tables;
  const second = offset + area;
  const third = second + area;
  for (let pixel = 0, at = 0; pixel < area; pixel++, at += 3) {
    target[offset + pixel] = red[data[at]];
    target[second + pixel] = green[data[at + 1]];
    target[third + pixel] = blue[data[at + 2]];
  }
}

/**
 * Writes a picture as float32 [3, H, W] from `offset` on (offset = b x 3 x H x W for element b of a batch):
 * value / 255, less ImageNet's mean, divided by its standard deviation. Throws a RangeError when it does not fit.
 */
export function normalizeImageNet(image: RgbImage, target: Float32Array, offset = 0): void {
  fill(image, target, offset, imageNetTables);
}

/** As normalizeImageNet without mean and deviation: value / 255, which the SatlasPretrain backbones expect. */
export function normalizeRgb255(image: RgbImage, target: Float32Array, offset = 0): void {
  fill(image, target, offset, [unitTable, unitTable, unitTable]);
}
