import type { Readable } from 'node:stream';
import type { ProgressStream } from '../progress/index.js';

/** What a command may touch of the process, so that a test can hand in its own. */
export interface CommandIo {
  readonly stdin: Readable;
  /** Results: tables, JSON lines. */
  readonly stdout: ProgressStream;
  /** Everything else: progress, warnings, errors. */
  readonly stderr: ProgressStream;
  /** Aborted by Ctrl-C: a long command stops cleanly at the next safe point. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
  /** The folder that relative paths start from. */
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}
