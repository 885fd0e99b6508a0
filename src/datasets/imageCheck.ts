import { open } from 'node:fs/promises';
import sharp from 'sharp';
import { readJpeg } from '../imagery/index.js';
import { explainFileError } from './fileProblem.js';

interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** What is wrong with a picture file, or its size. */
export type ImageCheck =
  | {
      readonly state: 'good';
      /** The size of its stored rows. */
      readonly stored: PictureSize;
      /** Its size as EXIF turns it, which some tools annotate. */
      readonly turned: PictureSize;
      /** What is wrong with pixels that can be read all the same. */
      readonly damage: string | null;
    }
  | { readonly state: 'missing' }
  | { readonly state: 'unreadable'; readonly reason: string; readonly isDenied?: boolean };

/**
 * Looks at a picture: its header, and unless `headerOnly`, every byte of its pixels (a JPEG at an eighth of its size,
 * which reads the whole stream), so that a file cut off in the middle is found.
 */
export async function checkImage(path: string, headerOnly: boolean): Promise<ImageCheck> {
  try {
    const handle = await open(path);
    try {
      if (!(await handle.stat()).isFile()) return { state: 'unreadable', reason: 'it is not a file' };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return { state: 'missing' };
    }
    return { state: 'unreadable', reason: reasonOf(explainFileError(error, '')).replace(/^: /, ''), isDenied: true };
  }
  try {
    const options = { failOn: 'error', limitInputPixels: false } as const;
    const { width, height, format, autoOrient: turned } = await sharp(path, options).metadata();
    const read = (failOn: 'error' | 'warning') =>
      sharp(path, { ...options, failOn })
        .resize(8, 8, { fit: 'fill', kernel: 'nearest' })
        .raw()
        .toBuffer();
    let damage: string | null = null;
    if (!headerOnly && format === 'jpeg') ({ damage } = await readJpeg(read));
    else if (!headerOnly) await read('error');
    return { state: 'good', stored: { width, height }, turned, damage };
  } catch (error) {
    return { state: 'unreadable', reason: reasonOf(error) };
  }
}

/** The first line of what the decoder says; it has no words for a TIFF whose pixels end early. */
const reasonOf = (error: unknown): string => {
  const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
  return reason === 'Unknown error' ? 'its pixels are cut off or damaged' : reason;
};
