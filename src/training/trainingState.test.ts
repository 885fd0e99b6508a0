import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTensor, type Tensor } from '../tensors/index.js';
import { loadState, saveState, startOfTraining } from './trainingState.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-state-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('gives back what was saved, and names a file that says nothing', async () => {
  expect(await loadState(folder)).toBeNull();
  const tensors = new Map([['w', createTensor('F32', [2], Float32Array.of(1, 2)) as Tensor]]);
  const progress = { ...startOfTraining, step: 7 };
  await saveState(folder, tensors, progress);
  expect(await loadState(folder)).toEqual({ tensors, progress });
  for (const text of ['', '{"generation": 1, "step"', '[]', '{"generation": 1, "step": -1}']) {
    await writeFile(join(folder, 'progress.json'), text);
    await expect(loadState(folder)).rejects.toThrow(
      /progress\.json: is no saved progress of a training run \([\s\S]*\); start a new run .*--initial-weights$/,
    );
  }
});
