import { constants } from 'node:fs';
import { copyFile, link, mkdir, stat, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createProgress, type ProgressStream } from '../progress/index.js';
import { mapConcurrently } from './concurrently.js';
import { withFile } from './fileProblem.js';

/** How pictures come into a new release: a hard link (a copy where that cannot be), a symbolic link, a copy, or not. */
export type ImagePlacing = 'link' | 'symlink' | 'copy' | 'none';

export interface PlacedImage {
  readonly from: string;
  /** Path below the new release. */
  readonly to: string;
  readonly imageId: number;
}

/**
 * Links or copies pictures into a folder. Throws a UserError that names the first picture which is not there. Gives the
 * number of pictures that were copied because a link across file systems cannot be.
 */
export async function placeImages(
  folder: string,
  images: readonly PlacedImage[],
  how: ImagePlacing,
  options: { readonly signal?: AbortSignal; readonly progress?: ProgressStream },
): Promise<number> {
  if (how === 'none') return 0;
  const progress = createProgress(options.progress, {
    label: how === 'copy' ? 'copying images' : 'linking images',
    total: images.length,
    unit: 'images',
  });
  for (const parent of new Set(images.map(({ to }) => dirname(join(folder, to)))))
    await mkdir(parent, { recursive: true });
  let copied = 0;
  await mapConcurrently(
    images,
    async ({ from, to, imageId }) => {
      const target = join(folder, to);
      await withFile(`${from}: image ${imageId}`, async () => {
        await stat(from);
        if (how === 'symlink') return symlink(resolve(from), target);
        if (how === 'link') {
          try {
            return await link(from, target);
          } catch (error) {
            if (
              !(
                error instanceof Error &&
                'code' in error &&
                ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes(String(error.code))
              )
            ) {
              throw error;
            }
            copied += 1;
          }
        }
        return copyFile(from, target, constants.COPYFILE_FICLONE);
      });
      progress.tick();
    },
    options,
  );
  if (images.length > 1000) progress.finish();
  return copied;
}
