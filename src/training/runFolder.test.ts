import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfig } from './configYaml.js';
import { beginSession, createRunFolder, nameRun, openRunFolder } from './runFolder.js';

let runs: string;
beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), 'refersat-runs-'));
});
afterAll(() => rm(runs, { recursive: true, force: true }));

describe('the folder of a run', () => {
  it('holds the settings that it was made with, and takes the place of nothing', async () => {
    const config = { ...defaultConfig(), batch: 3 };
    const folder = await createRunFolder(runs, 'one', config);
    expect(await openRunFolder(runs, 'one')).toEqual({ folder, config });
    expect(await openRunFolder('elsewhere', folder)).toEqual({ folder, config });
    await mkdir(join(runs, 'empty'));
    for (const name of ['one', 'empty']) {
      await expect(createRunFolder(runs, name, config)).rejects.toThrow(/never overwritten/);
    }
    expect((await readdir(runs)).sort()).toEqual(['empty', 'one']);
    await expect(openRunFolder(runs, 'empty')).rejects.toThrow(/is no training run/);
  });

  it('has a name by model and time where none is given', () => {
    const name = nameRun(defaultConfig(), new Date('2026-03-04T05:06:07.890Z'));
    expect(name).toBe('mrsnet-nano-2026-03-04-050607');
  });

  it('refuses names that lead elsewhere', async () => {
    for (const name of ['..', '../x', '/tmp/x', '.hidden', 'a/b', '']) {
      await expect(createRunFolder(runs, name, defaultConfig())).rejects.toThrow(/--name/);
    }
  });
});

describe('only one process trains in a folder', () => {
  it('at a time; the mark of a killed one counts no more', async () => {
    const folder = await createRunFolder(runs, 'shared', defaultConfig());
    const mark = join(folder, 'running.json');
    const end = await beginSession(folder);
    expect(JSON.parse(await readFile(mark, 'utf8'))).toEqual({ pid: process.pid, host: hostname() });
    await expect(beginSession(folder)).rejects.toThrow('this process is training in it already');
    await end();
    expect(await readdir(folder)).not.toContain('running.json');
    await writeFile(mark, JSON.stringify({ pid: process.ppid, host: hostname() }));
    await expect(beginSession(folder)).rejects.toThrow(`process ${process.ppid} is training in it`);
    const { pid } = spawnSync(process.execPath, ['--version']);
    for (const left of [JSON.stringify({ pid, host: hostname() }), '', '{}']) {
      await writeFile(mark, left);
      const endAgain = await beginSession(folder);
      await endAgain();
    }
    const { sessions } = JSON.parse(await readFile(join(folder, 'environment.json'), 'utf8'));
    expect(sessions).toHaveLength(4);
  });
});
