/** A picture in memory: RGB, 8 bits a band, interleaved and row-major, so `data` is height x width x 3 bytes long. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A colour of three bytes: red, green, blue. */
export type Rgb = readonly [number, number, number];

/** A picture of one colour (black when left out). Throws a RangeError when a side is not a positive whole number. */
export function blankImage(width: number, height: number, colour: Rgb = [0, 0, 0]): RgbImage {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new RangeError(`image of ${width} x ${height} pixels: both sides must be positive whole numbers`);
  }
  const data = new Uint8Array(width * height * 3);
  if (colour.some((value) => value !== 0)) {
    for (let at = 0; at < data.length; at += 3) data.set(colour, at);
  }
  return { width, height, data };
}
