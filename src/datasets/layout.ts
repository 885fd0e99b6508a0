import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProgressStream } from '../progress/index.js';
import { explainFileError } from './fileProblem.js';
import type { DatasetTables } from './tables.js';

/** The files of one release that were found in a folder; paths are relative to it. */
export interface Layout {
  /** Folder of the images. */
  readonly imageFolder: string;
  /** The annotation files that were chosen, the main one first. */
  readonly files: readonly string[];
  /** Every file whose change makes an index stale; `files` where left out. */
  readonly sources?: readonly string[];
}

/** What a reader may use while it reads. */
export interface ReadContext {
  readonly signal?: AbortSignal;
  /** Where the progress of a long reading goes. */
  readonly progress?: ProgressStream;
}

/** One kind of release: how to recognise it and how to read it. */
export interface DatasetFormat {
  /** As in `Dataset.format`. */
  readonly name: string;
  readonly title: string;
  /** What `detect` looks for, as the message for an unknown folder lists it. */
  readonly lookedFor: string;
  /** The layout, or undefined when the folder holds another release. */
  detect(root: string): Promise<Layout | undefined>;
  read(root: string, layout: Layout, context: ReadContext): Promise<DatasetTables>;
}

const imageExtension = /\.(jpe?g|png|tiff?|webp|bmp|jp2)$/i;

/** True for names of picture files. */
export const isImageName = (name: string): boolean => imageExtension.test(name);

/** `file`, `folder` or undefined. Throws a UserError when the system refuses to look. */
export async function whatIs(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    const found = await stat(path);
    return found.isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw explainFileError(error, await closedFolder(path));
  }
}

/** The folder on the way to a path that may not be entered: looking at a path asks leave of the folders above it. */
async function closedFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      await stat(folder);
      return folder;
    } catch (error) {
      const denied = error instanceof Error && 'code' in error && error.code === 'EACCES';
      if (!denied || folder === dirname(folder)) return folder;
    }
  }
}

/** The first of some paths below a folder that is a file (or a folder). */
export async function firstPresent(
  root: string,
  candidates: readonly string[],
  what: 'file' | 'folder' = 'file',
): Promise<string | undefined> {
  for (const candidate of candidates) if ((await whatIs(join(root, candidate))) === what) return candidate;
  return undefined;
}

async function entriesIn(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw explainFileError(error, await closedFolder(folder));
  }
}

/** Names in a folder, sorted; empty when it is not there. Throws a UserError when it cannot be listed. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await entriesIn(folder)).map(({ name }) => name).sort();
}

/** Names of the folders directly in a folder, sorted; hidden ones and loops of links left out. */
export async function foldersIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entriesIn(folder)) {
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) found.push(entry.name);
    if (!entry.isSymbolicLink()) continue;
    try {
      if ((await stat(join(folder, entry.name))).isDirectory()) found.push(entry.name);
    } catch {
      // A dangling link or a loop beside the release: not what is looked for.
    }
  }
  return found.sort();
}

/**
 * The folder that holds the pictures: the first candidate with picture files directly in it; else the first that is
 * there; else the first candidate, so that messages name the place where the pictures belong.
 */
export async function findImageFolder(root: string, candidates: readonly string[]): Promise<string> {
  let present: string | undefined;
  for (const candidate of candidates) {
    if ((await whatIs(join(root, candidate))) !== 'folder') continue;
    present ??= candidate;
    if ((await namesIn(join(root, candidate))).some(isImageName)) return candidate;
  }
  return present ?? candidates[0];
}
