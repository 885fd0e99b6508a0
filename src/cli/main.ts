#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { commands } from './commands.js';
import { exitCodeAfter, watchOutput } from './lostOutput.js';
import { runProgram } from './program.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const stop = new AbortController();
// The first Ctrl-C asks the command to stop at a safe point; the second ends the process at once.
process.once('SIGINT', () => stop.abort(new Error('stopped by Ctrl-C')));
process.once('SIGTERM', () => stop.abort(new Error('stopped by SIGTERM')));
watchOutput(process.stdout, process.stderr, stop);

const exitCode = await runProgram(process.argv.slice(2), commands, version, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
  now: Date.now,
  workingFolder: process.cwd(),
  environment: process.env,
});
// What went wrong with the last words is told after them.
await new Promise<void>((resolve) => process.stdout.write('', () => setImmediate(resolve)));
process.exitCode = exitCodeAfter(exitCode, stop.signal, process.stderr);
