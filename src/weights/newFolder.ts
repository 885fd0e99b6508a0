import { UserError } from '../errors/index.js';
import { explainWriting, writeFolderAtomic } from '../files/index.js';

/** What renaming a folder says where its new name is taken: by a folder that holds something, or by a file. */
const taken = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR']);

/**
 * Fills a checkpoint folder that appears whole or not at all.
 * @throws UserError when something that is no empty folder has its name or it cannot be written, and what `fill` throws
 */
export async function writeNewFolder(out: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  try {
    await writeFolderAtomic(out, fill);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== 'rename' || !taken.has(code ?? '')) throw explainWriting(error, out);
    throw new UserError(`${out}: exists already; give a new folder`, { cause: error });
  }
}
