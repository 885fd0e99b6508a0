import { resolve } from 'node:path';
import type { RgbImage } from '../imagery/index.js';
import type { MaskPolygon } from '../masks/index.js';
import type { Segmentation } from '../segmentation/index.js';

/** One answer as `--json` prints it and `results.jsonl` keeps it; a public format, in docs/segment.md. */
export interface SegmentRecord {
  /** The picture as it was named. */
  readonly image: string;
  readonly sentence: string;
  readonly found: boolean;
  readonly score: number;
  readonly area: number;
  readonly box: Segmentation['box'];
  readonly rle: Segmentation['rle'];
  readonly polygons: readonly MaskPolygon[];
  readonly unknownWords: readonly string[];
  readonly milliseconds: number;
  readonly model: string;
}

export function recordOf(image: string, result: Segmentation): SegmentRecord {
  const { sentence, found, score, area, box, rle, polygons, unknownWords, model } = result;
  const milliseconds = Math.round(result.milliseconds * 10) / 10;
  return { image, sentence, found, score, area, box, rle, polygons, unknownWords, milliseconds, model };
}

/** Writes `NAME_mask.png` and `NAME_overlay.png` of one answer, each whole or not at all. */
export async function writePictures(
  folder: string,
  name: string,
  image: RgbImage,
  result: Segmentation,
): Promise<void> {
  const { drawOverlay, encodeMaskPng, encodePng, overlayColours } = await import('../imagery/index.js');
  const { decodeRle } = await import('../masks/index.js');
  const { writeFileAtomic } = await import('../files/index.js');
  const { mask, sentence, found, score } = result;
  const note = `${found ? '' : 'nothing found, '}score ${score.toFixed(2)}`;
  const overlay = await drawOverlay(image, [{ colour: overlayColours[0], mask }], { sentence, note });
  const [maskPng, overlayPng] = await Promise.all([
    encodeMaskPng(decodeRle(mask), mask.height, mask.width),
    encodePng(overlay),
  ]);
  await writeFileAtomic(resolve(folder, `${name}_mask.png`), maskPng);
  await writeFileAtomic(resolve(folder, `${name}_overlay.png`), overlayPng);
}
