import { Readable } from 'node:stream';
import type { CommandDefinition } from './command.js';
import { runProgram } from './program.js';

/** What a run in a test printed and how it ended. */
export interface TestRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs commands in this process with captured streams; for tests beside a command. */
export async function runForTest(
  definitions: readonly CommandDefinition[],
  words: readonly string[],
  options: {
    stdin?: string | Uint8Array;
    signal?: AbortSignal;
    environment?: Record<string, string>;
    workingFolder?: string;
    /** Whether standard error is a terminal. */
    isTTY?: boolean;
  } = {},
): Promise<TestRun> {
  let stdout = '';
  let stderr = '';
  const code = await runProgram(words, definitions, '0.0.0-test', {
    stdin: Readable.from(options.stdin === undefined ? [] : [options.stdin]),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text), isTTY: options.isTTY },
    signal: options.signal ?? new AbortController().signal,
    now: Date.now,
    workingFolder: options.workingFolder ?? process.cwd(),
    environment: options.environment ?? {},
  });
  return { code, stdout, stderr };
}
