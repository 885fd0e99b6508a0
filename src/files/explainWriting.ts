import { UserError } from '../errors/index.js';
import { explainFullDisk } from './fullDisk.js';

/**
 * What a failure of the file system means to who wanted a file or folder written whole; other errors come back as they are.
 * @param place what was to be written, as its reader calls it
 */
export function explainWriting(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const explained = explainFullDisk(
    error,
    place,
    'nothing half-written was left: free some space, or name another place',
  );
  if (explained !== error) return explained;
  return new UserError(`${place}: cannot be written (${error.message}). Name another place`, { cause: error });
}
