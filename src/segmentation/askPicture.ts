import type { RgbImage } from '../imagery/index.js';
import { polygonsFromRle, rleArea, rleBox, rleToString } from '../masks/index.js';
import { checkSentence, settingsOf } from './checkAsked.js';
import { windowSidePx } from './detail.js';
import { type ImageSource, readImageSource } from './imageSource.js';
import type { PicturePredictor } from './picturePredictor.js';
import { type PreparedImage, prepareImage } from './preparedImage.js';
import type { Segmentation, SegmentOptions } from './segmentation.js';
import { type Reader, segmentPrepared } from './segmentImage.js';
import type { createTurns } from './turns.js';

/** A picture that was read, and how sentences are asked of it. */
export interface OpenPicture {
  readonly image: RgbImage;
  /** Throws what `LoadedModel.segment` throws for a sentence and its options. */
  ask(sentence: string, options: SegmentOptions): Promise<Segmentation>;
}

/**
 * How a model reads pictures, each prepared at the first question that needs it so: whole, or cut into windows.
 * @param name the model's, as answers say it
 * @param inTurn waits for the session: one run at a time
 * @returns opens a picture; throws what `readImageSource` throws
 */
export function createPictureOpener(
  name: string,
  reader: Reader,
  predictor: PicturePredictor,
  inTurn: ReturnType<typeof createTurns>['inTurn'],
): (source: ImageSource) => Promise<OpenPicture> {
  const { imageSizePx: sizePx, pixels } = reader.model.config;
  const answer = async (
    image: RgbImage,
    prepared: Map<number | null, PreparedImage>,
    sentence: string,
    settings: ReturnType<typeof settingsOf>,
  ): Promise<Segmentation> => {
    const started = performance.now();
    const windowPx = windowSidePx(image, sentence, settings.detail, sizePx);
    const ready = prepared.get(windowPx) ?? prepareImage(image, { pixels, windowPx, predictor });
    prepared.set(windowPx, ready);
    const { mask, found, score, unknownWords, truncated } = await segmentPrepared(
      reader,
      predictor,
      ready,
      sentence,
      settings,
    );
    let polygons: Segmentation['polygons'] | null = null;
    return {
      sentence,
      found,
      score,
      area: rleArea(mask),
      box: found ? rleBox(mask) : null,
      rle: { size: [mask.height, mask.width], counts: rleToString(mask) },
      mask,
      get polygons() {
        polygons ??= polygonsFromRle(mask);
        return polygons;
      },
      unknownWords,
      truncated,
      windows: ready.windows.length,
      milliseconds: performance.now() - started,
      model: name,
    };
  };

  return async (source) => {
    const image = await readImageSource(source);
    const prepared = new Map<number | null, PreparedImage>();
    return {
      image,
      async ask(sentence, options) {
        const settings = settingsOf(options);
        checkSentence(sentence);
        return inTurn(() => answer(image, prepared, sentence, settings), settings.signal);
      },
    };
  };
}
