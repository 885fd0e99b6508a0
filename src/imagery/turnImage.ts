import type { RgbImage } from './image.js';
import type { DenseMask } from './resizePillow.js';

/** Ways to turn a picture that keep its pixels; rotations are clockwise. */
export type PictureTransform = 'flip-horizontal' | 'flip-vertical' | 'rotate-90' | 'rotate-180' | 'rotate-270';

/** A picture flipped or turned, by one transform after another in one pass: a new one, the old stays as it is. */
export function turnImage(image: RgbImage, ...transforms: readonly PictureTransform[]): RgbImage {
  const { width, height, start, columnStep, rowStep } = walk(image, transforms);
  const data = new Uint8Array(image.data.length);
  let at = 0;
  for (let row = 0; row < height; row++) {
    let from = (start + row * rowStep) * 3;
    for (let column = 0; column < width; column++, from += columnStep * 3) {
      data[at++] = image.data[from];
      data[at++] = image.data[from + 1];
      data[at++] = image.data[from + 2];
    }
  }
  return { width, height, data };
}

/** A dense mask flipped or turned as turnImage does. */
export function turnMask(mask: DenseMask, ...transforms: readonly PictureTransform[]): DenseMask {
  const { width, height, start, columnStep, rowStep } = walk(mask, transforms);
  const data = new Uint8Array(mask.data.length);
  let at = 0;
  for (let row = 0; row < height; row++) {
    let from = start + row * rowStep;
    for (let column = 0; column < width; column++, from += columnStep) data[at++] = mask.data[from];
  }
  return { width, height, data };
}

/** A size, and where in the source its pixels come from: the first one, and the steps along a row and down. */
interface Walk {
  readonly width: number;
  readonly height: number;
  readonly start: number;
  readonly columnStep: number;
  readonly rowStep: number;
}

function walk({ width, height }: Pick<Walk, 'width' | 'height'>, transforms: readonly PictureTransform[]): Walk {
  return transforms.reduce(turnWalk, { width, height, start: 0, columnStep: 1, rowStep: width });
}

function turnWalk({ width, height, start, columnStep, rowStep }: Walk, transform: PictureTransform): Walk {
  const right = (width - 1) * columnStep;
  const bottom = (height - 1) * rowStep;
  switch (transform) {
    case 'flip-horizontal':
      return { width, height, start: start + right, columnStep: -columnStep, rowStep };
    case 'flip-vertical':
      return { width, height, start: start + bottom, columnStep, rowStep: -rowStep };
    case 'rotate-180':
      return { width, height, start: start + right + bottom, columnStep: -columnStep, rowStep: -rowStep };
    case 'rotate-90':
      return { width: height, height: width, start: start + bottom, columnStep: -rowStep, rowStep: columnStep };
    case 'rotate-270':
      return { width: height, height: width, start: start + right, columnStep: rowStep, rowStep: -columnStep };
  }
}

/** A part of a picture, in whole pixels. Throws a RangeError when it does not lie within the picture. */
export function cropImage(
  image: RgbImage,
  [left, top, width, height]: readonly [number, number, number, number],
): RgbImage {
  if (left < 0 || top < 0 || width < 1 || height < 1 || left + width > image.width || top + height > image.height) {
    throw new RangeError(
      `crop ${left}, ${top}, ${width} x ${height}: not within ${image.width} x ${image.height} pixels`,
    );
  }
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * image.width + left) * 3;
    data.set(image.data.subarray(from, from + width * 3), row * width * 3);
  }
  return { width, height, data };
}
