import { decodeImage, type RgbImage, resizeBilinearPillow } from '../imagery/index.js';

/** A picture to load for the model. */
export interface PictureRequest {
  readonly path: string;
  /** The size that its annotations state: decides whether EXIF turns it. */
  readonly statedWidth: number;
  readonly statedHeight: number;
  /** Side of the square it is resized to, or the longest side it may keep where `isDetail`. */
  readonly sizePx: number;
  /** Keep the aspect ratio and never enlarge: what crops are cut from. */
  readonly isDetail: boolean;
}

/** A loaded picture with the size that it has in its file. */
export interface LoadedPicture {
  readonly image: RgbImage;
  readonly fileWidth: number;
  readonly fileHeight: number;
  /** What is wrong with it, where it is damaged and used all the same. */
  readonly damage: string | null;
}

/** Decodes the picture as its annotations see it and resizes as Pillow does. Throws a UserError naming the file. */
export async function loadPicture(request: PictureRequest): Promise<LoadedPicture> {
  const { path, sizePx, isDetail, statedWidth, statedHeight } = request;
  let damage: string | null = null;
  const picture = await decodeImage(path, {
    orient: { width: statedWidth, height: statedHeight },
    onDamage: (message) => {
      damage = message;
    },
  });
  const scale = isDetail ? Math.min(1, sizePx / Math.max(picture.width, picture.height)) : 1;
  const image = isDetail
    ? resizeBilinearPillow(
        picture,
        Math.max(1, Math.round(picture.height * scale)),
        Math.max(1, Math.round(picture.width * scale)),
      )
    : resizeBilinearPillow(picture, sizePx, sizePx);
  return { image, fileWidth: picture.width, fileHeight: picture.height, damage };
}
