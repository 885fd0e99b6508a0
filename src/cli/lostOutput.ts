import { UserError } from '../errors/index.js';

/** A stream of the process that tells of its errors. */
interface TellingStream {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** Why results cannot be written any more; null as long as they can. */
const lossOf = ({ aborted, reason }: AbortSignal): UserError | null =>
  aborted && reason instanceof UserError ? reason : null;

const isBrokenPipe = ({ cause }: UserError): boolean => (cause as NodeJS.ErrnoException | undefined)?.code === 'EPIPE';

/**
 * Watches the streams of the process. When results cannot be written any more (the reader of a pipe is gone, such as
 * `head` that has seen enough; a disk is full) the command stops as by Ctrl-C, so that files are finished and nothing
 * half-written stays. Without its messages it goes on.
 */
export function watchOutput(stdout: TellingStream, stderr: TellingStream, stop: AbortController): void {
  stdout.on('error', (error) => {
    const message = `standard output: cannot be written (${error.message}); free some space, or write it elsewhere`;
    stop.abort(new UserError(message, { cause: error }));
  });
  stderr.on('error', () => undefined);
}

/** Whether the results of a command are lost: what it then fails with is no news. */
export const isOutputLost = (signal: AbortSignal): boolean => lossOf(signal) !== null;

/**
 * The exit code of a command that ended with `exitCode`: 0 where its reader had seen enough, 1 where its results could not be
 * written, which is said.
 */
export function exitCodeAfter(exitCode: number, signal: AbortSignal, stderr: { write(text: string): unknown }): number {
  const loss = lossOf(signal);
  if (loss === null) return exitCode;
  if (isBrokenPipe(loss)) return 0;
  stderr.write(`refersat: ${loss.message}\n`);
  return 1;
}
