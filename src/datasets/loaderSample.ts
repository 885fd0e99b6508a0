import { UserError } from '../errors/index.js';
import { type DenseMask, normalizeImageNet, normalizeRgb255, type RgbImage } from '../imagery/index.js';
import type { Rle } from '../masks/index.js';
import { createRandom } from '../random/index.js';
import { type AugmentOptions, augmentSample, prepareSample } from './augmentSample.js';
import { type ClassifiedThing, paintClassMap } from './classMap.js';
import { loadPicture } from './loaderPicture.js';
import type { Kind } from './sample.js';

/** What is kept of a picture between samples: everything that does not depend on the draw. */
export interface PictureParts {
  /** The whole picture at the input's size. */
  readonly input?: RgbImage;
  /** The whole picture with more detail, which crops are cut from. */
  readonly detail?: RgbImage;
  /** What lies where, at the input's size; see paintClassMap. */
  readonly classMap?: DenseMask;
}

/** A sample to make, in plain data that can go to another thread. */
export interface SampleRequest {
  readonly path: string;
  readonly sentence: string;
  readonly kind: Kind;
  /** The target at the size that the annotations state. */
  readonly rle: Rle;
  /** Side of the model's square input. */
  readonly sizePx: number;
  /** Longest side of the picture that crops are cut from. */
  readonly detailPx: number;
  readonly augment: AugmentOptions | null;
  /** Of what is drawn anew each time, and of what stays the same for a sample. */
  readonly seeds: { readonly augment: readonly (string | number)[]; readonly fixed: readonly (string | number)[] };
  readonly normalise: 'imagenet' | 'rgb255' | 'none';
  /** What there is already. */
  readonly parts: PictureParts;
  /** Things of the picture, where a class map is wanted and not among the parts. */
  readonly things?: readonly ClassifiedThing[];
  /** Side of the class map that is wanted; 0 for none. */
  readonly classMapPx: number;
}

/** A sample ready for the model. */
export interface ReadySample {
  /** float32 [3, H, W], normalised; uint8 [H, W, 3] where that was not wanted */
  readonly image: Float32Array | Uint8Array;
  /** uint8 [H, W], 0 or 1 */
  readonly mask: Uint8Array;
  readonly sentence: string;
  /** uint8 [classMapPx, classMapPx]; null when none was wanted */
  readonly classMap: Uint8Array | null;
  /** Parts that were made for it, to be kept. */
  readonly made: PictureParts;
  /** What is wrong with its picture, where that is damaged and used all the same. */
  readonly damage: string | null;
}

function normalised(image: RgbImage, how: 'imagenet' | 'rgb255'): Float32Array {
  const target = new Float32Array(3 * image.width * image.height);
  (how === 'rgb255' ? normalizeRgb255 : normalizeImageNet)(image, target, 0);
  return target;
}

/**
 * Reads, resizes, augments and normalises one sample: a pure function of the request and the file.
 * @throws UserError when the picture cannot be read or has another size than its annotations state
 */
export async function makeSample(request: SampleRequest): Promise<ReadySample> {
  const { path, rle, sizePx, detailPx, kind, sentence, parts, classMapPx } = request;
  const made: { -readonly [Part in keyof PictureParts]: PictureParts[Part] } = {};
  let damage: string | null = null;
  const read = async (part: 'input' | 'detail'): Promise<RgbImage> => {
    const kept = parts[part];
    if (kept) return kept;
    const isDetail = part === 'detail';
    const side = isDetail ? detailPx : sizePx;
    const loaded = await loadPicture({
      path,
      sizePx: side,
      isDetail,
      statedWidth: rle.width,
      statedHeight: rle.height,
    });
    if (loaded.fileWidth !== rle.width || loaded.fileHeight !== rle.height) {
      throw new UserError(
        `${path}: the image has ${loaded.fileWidth} x ${loaded.fileHeight} pixels, its annotations say ${rle.width} x ${rle.height}. Check the release with refersat dataset validate`,
      );
    }
    damage ??= loaded.damage;
    made[part] = loaded.image;
    return loaded.image;
  };
  let classMap: DenseMask | undefined;
  if (classMapPx > 0) {
    classMap = parts.classMap;
    if (!classMap) {
      classMap = paintClassMap(request.things ?? [], sizePx);
      made.classMap = classMap;
    }
  }
  const start = { sentence, kind, rle, sizePx, image: () => read('input'), classMap, classMapPx };
  const prepared = request.augment
    ? await augmentSample(
        { ...start, detail: () => read('detail'), fixedRandom: createRandom(...request.seeds.fixed) },
        request.augment,
        createRandom(...request.seeds.augment),
      )
    : await prepareSample(start);
  return {
    image: request.normalise === 'none' ? prepared.image.data : normalised(prepared.image, request.normalise),
    mask: prepared.mask.data,
    sentence: prepared.sentence,
    classMap: prepared.classMap?.data ?? null,
    made,
    damage,
  };
}
