import { readdir, stat } from 'node:fs/promises';
import { extname, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors/index.js';

/** A picture that was asked for. */
export interface NamedPicture {
  /** As the person named it: what results say. */
  readonly image: string;
  /** Where the file lies. */
  readonly path: string;
}

const pictureEndings = new Set(['.jpg', '.jpeg', '.png', '.tif', '.tiff', '.webp', '.gif', '.avif']);

/** Whether a file's name says that it is a picture. */
export function isPictureName(path: string): boolean {
  return pictureEndings.has(extname(path).toLowerCase());
}

/**
 * The pictures that an argument means: a file, all pictures of a folder (not of those within), or those that match a
 * glob pattern; sorted by name.
 * @param options.except a folder whose files a pattern does not mean: the results of earlier runs
 * @throws UserError when there is none
 */
export async function findPictures(
  argument: string,
  workingFolder: string,
  options: { except?: string } = {},
): Promise<NamedPicture[]> {
  const path = resolve(workingFolder, argument);
  const info = await stat(path).catch(() => null);
  if (info?.isFile()) return [{ image: argument, path }];
  if (info?.isDirectory()) {
    const names = (await readdir(path)).filter(isPictureName).sort();
    if (names.length === 0) throw new UserError(`${argument}: the folder holds no picture (JPEG, PNG, TIFF, WebP)`);
    return names.map((name) => ({ image: join(argument, name), path: join(path, name) }));
  }
  if (/[*?[\]{}]/.test(argument)) {
    const { glob } = await import('tinyglobby');
    const except = options.except === undefined ? null : resolve(workingFolder, options.except) + sep;
    const found = (await glob([argument], { cwd: workingFolder, absolute: true }))
      .map((file) => resolve(file))
      .filter((file) => isPictureName(file) && !(except !== null && file.startsWith(except)))
      .sort();
    if (found.length === 0) throw new UserError(`${argument}: no picture matches the pattern`);
    const isAbsolute = resolve(argument) === argument;
    return found.map((file) => ({ image: isAbsolute ? file : relative(workingFolder, file), path: file }));
  }
  throw new UserError(`${argument}: no such file or folder`);
}
