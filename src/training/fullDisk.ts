import { explainFullDisk } from '../files/index.js';

/**
 * What a full disk means to a run; other errors come back as they are.
 * @param place the run's folder, with the step where there is one
 */
export function explainFullDiskOfRun(error: unknown, place: string): unknown {
  const kept = 'the checkpoints and the state saved before are whole: free some space and go on with --resume';
  return explainFullDisk(error, place, kept);
}
