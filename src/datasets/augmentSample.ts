import {
  addNoise,
  blur,
  changeColours,
  cropImage,
  cutSquares,
  type DenseMask,
  degradeByJpeg,
  type PictureTransform,
  type RgbImage,
  resizeBilinearPillow,
  turnImage,
  turnMask,
} from '../imagery/index.js';
import { decodeRle, type Rle, rleBox, rleCrop, rleResize } from '../masks/index.js';
import type { Random } from '../random/index.js';
import { classMapPart } from './classMap.js';
import { rewriteSentence } from './rewriteSentence.js';
import type { Kind } from './sample.js';
import { namesBrightness, namesColour, namesPlace } from './sentenceTraits.js';

/** What may happen to a training sample; everything left out does not happen. Shares are probabilities, 0 to 1. */
export interface AugmentOptions {
  readonly flipHorizontal?: number;
  readonly flipVertical?: number;
  /** A rotation by 90, 180 or 270 degrees. */
  readonly rotate?: number;
  /**
   * A random part of the picture, resized to the input's size. Applied only where the meaning stays: the part holds
   * the whole target, and the sentence has no place, order or relation (namesPlace); superlatives and "all" hold in
   * every part that keeps their target.
   */
  readonly crop?: { readonly share: number; readonly smallestArea?: number; readonly largestAspect?: number };
  /** Largest change of the factor, up or down: 0.3 gives factors from 0.7 to 1.3. */
  readonly brightness?: number;
  readonly contrast?: number;
  /** Not applied, as hue and grey are not, to sentences that name a colour. */
  readonly saturation?: number;
  /** Largest turn of the hues in degrees. */
  readonly hueDegrees?: number;
  readonly greyscale?: number;
  readonly blur?: number;
  /** Normal noise of up to `sigma` (in steps of 0..255). */
  readonly noise?: { readonly share: number; readonly sigma: number };
  /** A JPEG of a quality between `lowest` and 95. */
  readonly jpeg?: { readonly share: number; readonly lowest: number };
  /** Black squares, as RMSIN's recipe: share 0.2, fewest 20, most 60, sidePx 32. */
  readonly cutout?: {
    readonly share: number;
    readonly fewest: number;
    readonly most: number;
    readonly sidePx: number;
    /** The same samples in every epoch (RMSIN), not new ones each time. */
    readonly alwaysTheSame?: boolean;
  };
}

/** A mild mix for aerial pictures, in which every orientation is as likely as another. */
export const defaultAugment: AugmentOptions = {
  flipHorizontal: 0.5,
  flipVertical: 0.5,
  rotate: 0.5,
  crop: { share: 0.5, smallestArea: 0.4 },
  brightness: 0.2,
  contrast: 0.2,
  saturation: 0.2,
  hueDegrees: 10,
  greyscale: 0.02,
  blur: 0.05,
  noise: { share: 0.05, sigma: 6 },
  jpeg: { share: 0.05, lowest: 50 },
};

/** A sample as the model will see it. */
export interface PreparedSample {
  readonly image: RgbImage;
  readonly mask: DenseMask;
  readonly sentence: string;
  /** What lies where; undefined when no class map was given. */
  readonly classMap?: DenseMask;
}

/** What augmentation starts from. */
export interface AugmentSource {
  readonly sentence: string;
  readonly kind: Kind;
  /** The target at the picture's own size. */
  readonly rle: Rle;
  readonly sizePx: number;
  /** The whole picture at sizePx x sizePx. */
  readonly image: () => Promise<RgbImage>;
  /** What lies where in the whole picture (any square size), and the side of the map that the sample gets. */
  readonly classMap?: DenseMask;
  readonly classMapPx?: number;
  /** The whole picture with more detail (any size), read only for a crop. */
  readonly detail: () => Promise<RgbImage>;
  /** Decides on effects that stay the same in every epoch. */
  readonly fixedRandom: Random;
}

/** Picture and mask of a sample as they are, resized as Pillow does. */
export async function prepareSample(source: Omit<AugmentSource, 'detail' | 'fixedRandom'>): Promise<PreparedSample> {
  const { rle } = source;
  return {
    image: await source.image(),
    mask: denseMask(rle, source.sizePx),
    sentence: source.sentence,
    classMap: classMapOf(source, [0, 0, rle.width, rle.height]),
  };
}

/** The class map of a part of the picture (in the annotations' pixels); undefined where none was given. */
function classMapOf(
  { classMap, classMapPx = 0, rle }: Pick<AugmentSource, 'classMap' | 'classMapPx' | 'rle'>,
  box: Box,
): DenseMask | undefined {
  if (!classMap) return undefined;
  return classMapPart(classMap, scaledBox(box, rle, classMap), classMapPx);
}

/** A box in the pixels of a picture of another size: whole pixels, at least one each way. */
function scaledBox([x, y, width, height]: Box, from: Size, to: Size): Box {
  const across = to.width / from.width;
  const down = to.height / from.height;
  const left = Math.min(to.width - 1, Math.round(x * across));
  const top = Math.min(to.height - 1, Math.round(y * down));
  const right = Math.min(to.width, Math.max(left + 1, Math.round((x + width) * across)));
  const bottom = Math.min(to.height, Math.max(top + 1, Math.round((y + height) * down)));
  return [left, top, right - left, bottom - top];
}

/**
 * Draws and applies augmentations that keep picture, mask and words consistent. The same `random` gives the same result:
 * every number is drawn whether it is needed or not, so that one setting does not change the others.
 */
export async function augmentSample(
  source: AugmentSource,
  options: AugmentOptions,
  random: Random,
): Promise<PreparedSample> {
  let { sentence } = source;
  const cropDrawn = random.next() < (options.crop?.share ?? 0);
  const box = drawCrop(source, options.crop ?? { share: 0 }, random);
  const isCropped = cropDrawn && box !== undefined && !namesPlace(sentence);
  let { image, mask, classMap } = isCropped ? await croppedSample(source, box) : await prepareSample(source);

  const turns = drawTurns(options, random).filter((transform) => {
    const rewritten = rewriteSentence(sentence, transform);
    sentence = rewritten ?? sentence;
    return rewritten !== null;
  });
  if (turns.length > 0) {
    image = turnImage(image, ...turns);
    mask = turnMask(mask, ...turns);
    classMap = classMap && turnMask(classMap, ...turns);
  }

  const factor = (change = 0): number => 1 + change * random.uniform(-1, 1);
  const brightness = factor(options.brightness);
  const contrast = factor(options.contrast);
  const saturation = factor(options.saturation);
  const hueDegrees = (options.hueDegrees ?? 0) * random.uniform(-1, 1);
  const isGrey = random.next() < (options.greyscale ?? 0);
  const hasColour = namesColour(sentence);
  const change = {
    brightness: namesBrightness(sentence) ? 1 : brightness,
    contrast,
    saturation: hasColour ? 1 : isGrey ? 0 : saturation,
    hueDegrees: hasColour ? 0 : hueDegrees,
  };
  if (change.brightness !== 1 || contrast !== 1 || change.saturation !== 1 || change.hueDegrees !== 0) {
    image = changeColours(image, change);
  }
  if (random.next() < (options.blur ?? 0)) image = blur(image);
  const sigma = random.next() * (options.noise?.sigma ?? 0);
  if (random.next() < (options.noise?.share ?? 0)) image = addNoise(image, sigma, random);
  const quality = Math.round(random.uniform(options.jpeg?.lowest ?? 95, 95));
  if (random.next() < (options.jpeg?.share ?? 0)) image = await degradeByJpeg(image, quality);
  const { cutout } = options;
  if (cutout) {
    const squares = cutout.alwaysTheSame ? source.fixedRandom : random;
    if (squares.next() < cutout.share) {
      const count = cutout.fewest + squares.integer(cutout.most - cutout.fewest + 1);
      image = cutSquares(image, count, cutout.sidePx, squares);
    }
  }
  return { image, mask, sentence, classMap };
}

function drawTurns(options: AugmentOptions, random: Random): PictureTransform[] {
  const turns: PictureTransform[] = [];
  if (random.next() < (options.flipHorizontal ?? 0)) turns.push('flip-horizontal');
  if (random.next() < (options.flipVertical ?? 0)) turns.push('flip-vertical');
  const rotation = random.pick(['rotate-90', 'rotate-180', 'rotate-270'] as const);
  if (random.next() < (options.rotate ?? 0)) turns.push(rotation);
  return turns;
}

type Size = { readonly width: number; readonly height: number };
type Box = readonly [x: number, y: number, width: number, height: number];

/** A part of the picture that holds the whole target; undefined when ten draws find none. */
function drawCrop(source: AugmentSource, crop: NonNullable<AugmentOptions['crop']>, random: Random): Box | undefined {
  const { height, width } = source.rle;
  const [left, top, boxWidth, boxHeight] = source.kind === 'none' ? [0, 0, 0, 0] : rleBox(source.rle);
  const smallest = crop.smallestArea ?? 0.4;
  const aspectLog = Math.log(crop.largestAspect ?? 4 / 3);
  let found: Box | undefined;
  for (let draw = 0; draw < 10; draw++) {
    const area = random.uniform(smallest, 1) * width * height;
    const aspect = Math.exp(random.uniform(-aspectLog, aspectLog)) * (width / height);
    const cropWidth = Math.min(width, Math.round(Math.sqrt(area * aspect)));
    const cropHeight = Math.min(height, Math.round(Math.sqrt(area / aspect)));
    const across = random.next();
    const down = random.next();
    if (found || cropWidth < Math.max(1, boxWidth) || cropHeight < Math.max(1, boxHeight)) continue;
    const place = (size: number, whole: number, from: number, extent: number, share: number): number => {
      const lowest = extent === 0 ? 0 : Math.max(0, from + extent - size);
      const highest = extent === 0 ? whole - size : Math.min(from, whole - size);
      return lowest + Math.floor(share * (highest - lowest + 1));
    };
    found = [
      place(cropWidth, width, left, boxWidth, across),
      place(cropHeight, height, top, boxHeight, down),
      cropWidth,
      cropHeight,
    ];
  }
  return found;
}

async function croppedSample(source: AugmentSource, box: Box): Promise<Omit<PreparedSample, 'sentence'>> {
  const detail = await source.detail();
  const part = cropImage(detail, scaledBox(box, source.rle, detail));
  return {
    image: resizeBilinearPillow(part, source.sizePx, source.sizePx),
    mask: denseMask(rleCrop(source.rle, ...box), source.sizePx),
    classMap: classMapOf(source, box),
  };
}

function denseMask(rle: Rle, sizePx: number): DenseMask {
  return { width: sizePx, height: sizePx, data: decodeRle(rleResize(rle, sizePx, sizePx)) };
}
