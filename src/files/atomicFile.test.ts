import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomic, writeFolderAtomic } from './atomicFile.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('atomic writing', () => {
  it('replaces a file and leaves nothing else behind', async () => {
    await writeFileAtomic(join(folder, 'deep', 'a.txt'), 'one');
    await writeFileAtomic(join(folder, 'deep', 'a.txt'), 'two');
    expect(await readFile(join(folder, 'deep', 'a.txt'), 'utf8')).toBe('two');
    expect(await readdir(join(folder, 'deep'))).toEqual(['a.txt']);
  });

  it('leaves no folder when filling it fails', async () => {
    const failing = writeFolderAtomic(join(folder, 'out'), async (temporary) => {
      await writeFile(join(temporary, 'half'), '');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses to replace a folder that holds something', async () => {
    await writeFileAtomic(join(folder, 'out', 'mine'), 'x');
    await expect(writeFolderAtomic(join(folder, 'out'), async () => {})).rejects.toThrow();
    expect(await readFile(join(folder, 'out', 'mine'), 'utf8')).toBe('x');
  });
});
