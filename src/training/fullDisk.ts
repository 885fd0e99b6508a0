import { UserError } from '../errors/index.js';

/**
 * What a full disk means to a run; other errors come back as they are.
 * @param place the run's folder, with the step where there is one
 */
export function explainFullDisk(error: unknown, place: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new UserError(
    `${place}: the disk is full; the checkpoints and the state saved before are whole: free some space and go on with --resume`,
    { cause: error },
  );
}
