import { stat } from 'node:fs/promises';
import { UserError } from '../errors/index.js';
import { explainWriting } from './explainWriting.js';

/**
 * Refuses names that files cannot have, before any work is done for them.
 * @throws UserError where a folder has one of them, or where none can be looked up
 */
export async function refuseFolders(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const status = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw explainWriting(error, path);
    });
    if (status?.isDirectory()) {
      throw new UserError(`${path}: is a folder, where a file is to be written; give the name of a file in it`);
    }
  }
}
