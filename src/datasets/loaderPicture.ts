import { decodeImage, type RgbImage, resizeBilinearPillow } from '../imagery/index.js';

/** A picture to load for the model. */
export interface PictureRequest {
  readonly path: string;
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
}

/** Decodes (stored rows: annotations are drawn on them) and resizes as Pillow does. Throws a UserError naming the file. */
export async function loadPicture({ path, sizePx, isDetail }: PictureRequest): Promise<LoadedPicture> {
  const picture = await decodeImage(path, { orient: false });
  const scale = isDetail ? Math.min(1, sizePx / Math.max(picture.width, picture.height)) : 1;
  const image = isDetail
    ? resizeBilinearPillow(
        picture,
        Math.max(1, Math.round(picture.height * scale)),
        Math.max(1, Math.round(picture.width * scale)),
      )
    : resizeBilinearPillow(picture, sizePx, sizePx);
  return { image, fileWidth: picture.width, fileHeight: picture.height };
}
