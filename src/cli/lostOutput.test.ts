import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCommand } from './command.js';
import { exitCodeAfter, watchOutput } from './lostOutput.js';
import { runForTest } from './testIo.js';

/** A command that stops as soon as it hears of it, or finishes what it does and gives a code of its own. */
const work = defineCommand({
  path: 'work',
  summary: 'Works.',
  flags: [{ flags: '--finish', description: 'to the end' }],
  schema: z.object({ finish: z.boolean().default(false) }),
  async run({ finish }, io) {
    if (!finish) io.signal.throwIfAborted();
    return io.signal.aborted ? 130 : undefined;
  },
});

async function endOf(stream: 'stdout' | 'stderr', code: string, words: readonly string[]) {
  const streams = { stdout: new EventEmitter(), stderr: new EventEmitter() };
  const stop = new AbortController();
  watchOutput(streams.stdout, streams.stderr, stop);
  const error = Object.assign(new Error(`${code}: write`), { code });
  // Each further write tells of it again.
  for (let time = 0; time < 2; time++) streams[stream].emit('error', error);
  const run = await runForTest([work], words, { signal: stop.signal });
  let { stderr } = run;
  const exitCode = exitCodeAfter(run.code, stop.signal, { write: (text: string) => (stderr += text) });
  return { exitCode, stderr };
}

describe('a command whose output is lost', () => {
  it.each([['work'], ['work --finish']])('stops in silence when nobody reads its results: %s', async (words) => {
    expect(await endOf('stdout', 'EPIPE', words.split(' '))).toEqual({ exitCode: 0, stderr: '' });
  });

  it.each([['work'], ['work --finish']])('stops and says so when they cannot be written: %s', async (words) => {
    const stderr =
      'refersat: standard output: cannot be written (ENOSPC: write); free some space, or write it elsewhere\n';
    expect(await endOf('stdout', 'ENOSPC', words.split(' '))).toEqual({ exitCode: 1, stderr });
  });

  it('goes on when nobody reads its messages', async () => {
    expect(await endOf('stderr', 'EPIPE', ['work'])).toEqual({ exitCode: 0, stderr: '' });
  });

  it('is told from one that Ctrl-C stops', async () => {
    const signal = AbortSignal.abort(new Error('stopped by Ctrl-C'));
    const run = await runForTest([work], ['work'], { signal });
    expect(run).toEqual({ code: 130, stdout: '', stderr: 'stopped\n' });
    expect(exitCodeAfter(run.code, signal, { write: () => expect.fail('said something') })).toBe(130);
  });
});
