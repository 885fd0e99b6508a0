import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { defineCommand } from './command.js';
import { runForTest } from './testIo.js';

const greet = defineCommand({
  path: 'people greet',
  summary: 'Greets someone.',
  positional: [{ name: '<name>', description: 'who' }],
  flags: [{ flags: '--times <count>', description: 'how often' }],
  schema: z.object({ name: z.string(), times: z.coerce.number().int().positive().default(1) }),
  async run({ name, times }, io) {
    if (name === 'nobody') throw new UserError('people.json: record 3: nobody is there; name someone');
    if (name === 'closed') await readdir(io.workingFolder);
    if (name === 'bug') throw new TypeError('undefined is not a function');
    io.stdout.write(`hello ${name}\n`.repeat(times));
    return undefined;
  },
});

describe('runProgram', () => {
  it('runs a command of two words', async () => {
    expect(await runForTest([greet], ['people', 'greet', 'Ada', '--times', '2'])).toEqual({
      code: 0,
      stdout: 'hello Ada\nhello Ada\n',
      stderr: '',
    });
  });

  it('exits 2 on a wrong flag value and names the flag', async () => {
    const run = await runForTest([greet], ['people', 'greet', 'Ada', '--times', 'many']);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('--times:');
    expect(run.stderr).toContain('refersat people greet --help');
  });

  it('exits 2 on an unknown flag and a missing argument', async () => {
    expect((await runForTest([greet], ['people', 'greet', 'Ada', '--colour'])).code).toBe(2);
    expect((await runForTest([greet], ['people', 'greet'])).code).toBe(2);
    expect((await runForTest([greet], ['nonsense'])).code).toBe(2);
  });

  it('exits 1 with the message alone on a user error, and with the stack only when asked', async () => {
    const run = await runForTest([greet], ['people', 'greet', 'nobody']);
    expect(run).toMatchObject({ code: 1, stderr: 'refersat: people.json: record 3: nobody is there; name someone\n' });
    const workingFolder = join(import.meta.dirname, 'nowhere');
    expect(await runForTest([greet], ['people', 'greet', 'closed'], { workingFolder })).toMatchObject({
      code: 1,
      stderr: `refersat: ${workingFolder}: cannot be used (ENOENT: no such file or directory, scandir '${workingFolder}'). Check its name, its permissions and the disk\n`,
    });
    expect((await runForTest([greet], ['people', 'greet', 'bug'])).stderr).toContain('--debug');
    expect((await runForTest([greet], ['--debug', 'people', 'greet', 'bug'])).stderr).toContain('program.test.ts');
  });
});
