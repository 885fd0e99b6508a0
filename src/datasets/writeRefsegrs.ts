import { mkdir } from 'node:fs/promises';
import { extname, join, parse } from 'node:path';
import sharp from 'sharp';
import { UserError } from '../errors/index.js';
import { writeFileAtomic } from '../files/index.js';
import { decodeRle, emptyRle, type Rle, rleUnion } from '../masks/index.js';
import { annotationMask } from './cocoJson.js';
import { mapConcurrently } from './concurrently.js';
import type { Release, ReleaseImage, ReleaseReference } from './release.js';

/** Which picture goes under which name. */
export interface RefsegrsImage {
  readonly imageId: number;
  /** Path below the new release. */
  readonly to: string;
}

/** A name for each reference: the picture's own where it has one reference only, else a running number. */
function referenceNames(release: Release): string[] {
  const perImage = new Map<number, number>();
  for (const { imageId } of release.references) perImage.set(imageId, (perImage.get(imageId) ?? 0) + 1);
  const stems = new Map(release.images.map(({ id, file }) => [id, parse(file).name]));
  const single = release.references.filter(({ imageId }) => perImage.get(imageId) === 1);
  const taken = new Set(single.map(({ imageId }) => stems.get(imageId) ?? ''));
  const usable = taken.size === single.length && [...taken].every((stem) => /^\S+$/.test(stem));
  let running = 0;
  return release.references.map(({ imageId }) => {
    if (usable && perImage.get(imageId) === 1) return stems.get(imageId) ?? '';
    while (usable && taken.has(String(running))) running += 1;
    running += 1;
    return String(running - 1);
  });
}

function referenceMask(
  reference: ReleaseReference,
  image: ReleaseImage,
  masks: ReadonlyMap<number, Rle | undefined>,
): Rle {
  if (reference.annotationIds.length === 0) return emptyRle(image.height, image.width);
  return rleUnion(
    reference.annotationIds.map((id) => {
      const mask = masks.get(id);
      if (!mask) throw new UserError(`annotation ${id}: it has no mask; outline it or leave its sentence out`);
      return mask;
    }),
  );
}

/**
 * Writes a release as RefSegRS is laid out: `masks/<id>.tif` (0 and 255), `output_phrase_<split>.txt` with a line
 * `<id> <phrase>` a sentence. Gives where each picture belongs, one for each reference. White space inside a sentence
 * becomes single spaces. Throws a UserError when a target has no mask.
 */
export async function writeRefsegrs(
  folder: string,
  release: Release,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RefsegrsImage[]> {
  await mkdir(join(folder, 'masks'), { recursive: true });
  const names = referenceNames(release);
  const images = new Map(release.images.map((image) => [image.id, image]));
  const masks = new Map(
    release.annotations.map((annotation) => {
      const image = images.get(annotation.imageId);
      return [annotation.id, image && annotationMask(annotation, image)] as const;
    }),
  );
  const lines = new Map<string, string[]>();
  const placed = release.references.map((reference, row): RefsegrsImage => {
    const image = images.get(reference.imageId);
    if (!image) throw new UserError(`reference ${row + 1}: no image has the id ${reference.imageId}`);
    const list = lines.get(reference.split) ?? [];
    for (const { raw } of reference.sentences) list.push(`${names[row]} ${raw.replace(/\s+/g, ' ').trim()}\n`);
    lines.set(reference.split, list);
    return { imageId: image.id, to: `images/${names[row]}${extname(image.file)}` };
  });
  await mapConcurrently(
    release.references,
    async (reference, row) => {
      const image = images.get(reference.imageId) as ReleaseImage;
      const { width, height } = image;
      const dense = decodeRle(referenceMask(reference, image, masks)).map((bit) => 255 * bit);
      const tiff = sharp(dense, { raw: { width, height, channels: 1 } })
        .toColourspace('b-w')
        .tiff({ compression: 'deflate' });
      await tiff.toFile(join(folder, 'masks', `${names[row]}.tif`));
    },
    options,
  );
  for (const [split, list] of lines) await writeFileAtomic(join(folder, `output_phrase_${split}.txt`), list.join(''));
  return placed;
}
