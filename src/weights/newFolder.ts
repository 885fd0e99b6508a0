import { UserError } from '../errors/index.js';
import { writeFolderAtomic } from '../files/index.js';

/**
 * Fills a checkpoint folder that appears whole or not at all.
 * @throws UserError when something that is no empty folder has its name, and what `fill` throws
 */
export async function writeNewFolder(out: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  try {
    await writeFolderAtomic(out, fill);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    throw new UserError(`${out}: exists already; give a new folder`, { cause: error });
  }
}
