import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { UserError } from '../errors/index.js';
import { leaveOutResults } from './ownResults.js';
import { isPictureName } from './pictureName.js';

/** A picture that was asked for. */
export interface NamedPicture {
  /** As the person named it: what results say. */
  readonly image: string;
  /** Where the file lies. */
  readonly path: string;
}

/** The pictures among found files; the message says so where all that was found are results of earlier runs. */
async function picturesOf(files: readonly string[], whatIsMissing: string): Promise<string[]> {
  const found = files.filter(isPictureName).sort();
  const pictures = await leaveOutResults(found);
  if (pictures.length > 0) return pictures;
  const note = found.length > 0 ? `, only results of earlier runs (${basename(found[0])}); name a file to take it` : '';
  throw new UserError(`${whatIsMissing}${note}`);
}

/**
 * The pictures that an argument means: a file, all pictures of a folder (not of those within), or those that match a
 * glob pattern; sorted by name. Folders and patterns leave out the results of earlier runs (leaveOutResults).
 * @throws UserError when there is none
 */
export async function findPictures(argument: string, workingFolder: string): Promise<NamedPicture[]> {
  const path = resolve(workingFolder, argument);
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') throw new UserError(`${argument}: no permission to look there`, { cause: error });
    return null;
  });
  if (info?.isFile()) return [{ image: argument, path }];
  if (info?.isDirectory()) {
    const files = (await readdir(path)).map((name) => join(path, name));
    const pictures = await picturesOf(files, `${argument}: the folder holds no picture (JPEG, PNG, TIFF, WebP)`);
    return pictures.map((file) => ({ image: join(argument, basename(file)), path: file }));
  }
  if (/[*?[\]{}]/.test(argument)) {
    const { glob } = await import('tinyglobby');
    const files = (await glob([argument], { cwd: workingFolder, absolute: true })).map((file) => resolve(file));
    const pictures = await picturesOf(files, `${argument}: no picture matches the pattern`);
    const isAbsolute = resolve(argument) === argument;
    return pictures.map((file) => ({ image: isAbsolute ? file : relative(workingFolder, file), path: file }));
  }
  throw new UserError(`${argument}: no such file or folder`);
}
