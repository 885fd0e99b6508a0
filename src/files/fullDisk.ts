import { UserError } from '../errors/index.js';

/**
 * What a full disk means to who was writing; other errors come back as they are.
 * @param place what was written: a folder or file, with the step where there is one
 * @param advice what was kept, and what to do next
 */
export function explainFullDisk(error: unknown, place: string, advice: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new UserError(`${place}: the disk is full; ${advice}`, { cause: error });
}
