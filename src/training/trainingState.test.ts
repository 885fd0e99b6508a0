import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../errors/index.js';
import { float32Tensor, type Tensor } from '../tensors/index.js';
import { loadState, replaceFolder, saveState, startOfTraining, tidyReplaced, tidyState } from './trainingState.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-state-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const tensors = (value: number): Map<string, Tensor> => new Map([['w', float32Tensor([2], [value, -value])]]);
const at = (step: number) => ({ ...startOfTraining, step, epoch: 2, best: 41.5, seconds: 0.25, metricsBytes: 70 });
const names = async (): Promise<string[]> => (await readdir(folder)).sort();
/** Makes files (and their folders) that hold their own name. */
const make = async (...paths: string[]): Promise<void> => {
  for (const path of paths) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), path);
  }
};

describe('a saved state', () => {
  it('is the last one, and takes the place of the one before', async () => {
    expect(await loadState(folder)).toBeNull();
    for (const step of [1, 2, 3]) {
      await saveState(folder, tensors(step), at(step));
      expect(await loadState(folder)).toEqual({ tensors: tensors(step), progress: at(step) });
      expect(await names()).toHaveLength(2);
    }
  });

  it('stays the one before where a new one was not finished', async () => {
    await saveState(folder, tensors(1), at(1));
    const before = await names();
    // What a kill leaves: tensors that no progress names yet, and files half written.
    await make('state-2.safetensors', 'state-3.safetensors.1234.partial', 'progress.json.99.partial', 'tokenizer.json');
    expect(await loadState(folder)).toEqual({ tensors: tensors(1), progress: at(1) });
    await tidyState(folder);
    expect(await names()).toEqual([...before, 'tokenizer.json'].sort());
    expect(await loadState(folder)).toEqual({ tensors: tensors(1), progress: at(1) });
    await saveState(folder, tensors(2), at(2));
    expect((await loadState(folder))?.progress.step).toBe(2);
  });

  it('leaves nothing behind where its progress cannot be written', async () => {
    await mkdir(join(folder, 'full'));
    await saveState(join(folder, 'full'), tensors(1), at(1));
    const before = await readdir(join(folder, 'full'));
    const unwritable = { ...at(2), step: 1n as unknown as number };
    await expect(saveState(join(folder, 'full'), tensors(2), unwritable)).rejects.toThrow(TypeError);
    expect(await readdir(join(folder, 'full'))).toEqual(before);
    expect((await loadState(join(folder, 'full')))?.tensors).toEqual(tensors(1));
  });

  it('of an older version has no events, and anything else is refused by name', async () => {
    await saveState(folder, tensors(1), at(1));
    const path = join(folder, 'progress.json');
    const { eventsBytes: _, ...older } = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify(older));
    expect((await loadState(folder))?.progress).toEqual(at(1));
    const texts = [{ ...older, step: -1 }, { ...older, generation: 0 }, {}, []].map((value) => JSON.stringify(value));
    for (const broken of [...texts, '', '{"generation": 1, "step"']) {
      await writeFile(path, broken);
      const error = await loadState(folder).catch((problem: unknown) => problem);
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message).toContain(`${path}: is no saved progress`);
    }
  });
});

describe('a finished folder', () => {
  it('takes the place of an older one', async () => {
    await make('best.partial/model', 'best/model', 'best/more');
    await replaceFolder(join(folder, 'best.partial'), join(folder, 'best'));
    expect([await names(), await readdir(join(folder, 'best'))]).toEqual([['best'], ['model']]);
    expect(await readFile(join(folder, 'best/model'), 'utf8')).toBe('best.partial/model');
    await make('last.partial/model');
    await replaceFolder(join(folder, 'last.partial'), join(folder, 'last'));
    expect(await names()).toEqual(['best', 'last']);
  });

  it('is mended after a kill at any moment of that', async () => {
    // Half written; moved aside with no new one there; moved aside with the new one in place.
    await make('best.partial/half', 'best/model', 'last.old/model', 'third.old/older', 'third/newer');
    await tidyReplaced(folder);
    expect(await names()).toEqual(['best', 'last', 'third']);
    expect(await readFile(join(folder, 'last/model'), 'utf8')).toBe('last.old/model');
    expect(await readdir(join(folder, 'third'))).toEqual(['newer']);
    await tidyReplaced(join(folder, 'nowhere'));
  });
});
