import { rename, rm } from 'node:fs/promises';
import { temporaryName } from '../files/index.js';
import { namesItsData } from './onnxFile.js';

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Renames a file where it is there, and says whether it was. */
async function renameExisting(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/**
 * Gives a written ONNX file its name, with the weights `<written>.data` where they lie beside it; the weights of an older
 * file go where its graph named them and the new one does not. Where this fails the older files are as they were.
 */
export async function placeExport(written: string, path: string, isBeside: boolean): Promise<void> {
  if (!isBeside) {
    const isOutdated = await namesItsData(path);
    await rename(written, path);
    if (isOutdated) await rm(`${path}.data`, { force: true });
    return;
  }
  // The weights go first, since a graph without them is of no use; the older ones wait until the graph is in its place.
  const older = temporaryName(`${path}.data`);
  const isKept = await renameExisting(`${path}.data`, older);
  try {
    await rename(`${written}.data`, `${path}.data`);
    await rename(written, path);
  } catch (error) {
    await rm(`${path}.data`, { force: true });
    if (isKept) await rename(older, `${path}.data`);
    throw error;
  }
  await rm(older, { force: true });
}
