import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trainInFolder } from '../../src/training/index.js';
import { tinyOptions, writeTinySet } from '../../src/training/testRun.js';

const steps = 2000;

let folder: string;
let set: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-memory-'));
  set = await writeTinySet(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it(`${steps} steps of a whole run (loader, augmentation, average, saves, validations) keep memory flat`, async () => {
  const memory: number[] = [];
  const options = tinyOptions(set, { epochs: 1000, maxSteps: steps, validateEvery: 200, saveEvery: 50, ema: 0.99 });
  const { progress } = await trainInFolder(options, {
    runs: folder,
    name: 'long',
    reporter: {
      onBatch({ progress: { step } }) {
        if (step % 50 === 0) memory.push(process.memoryUsage.rss());
      },
    },
  });
  expect(progress.step).toBe(steps);
  const grown = (Math.max(...memory.slice(-5)) - Math.max(...memory.slice(0, 10))) / 2 ** 20;
  const every200 = memory.filter((_, index) => index % 4 === 3).map((bytes) => (bytes / 2 ** 20).toFixed(0));
  process.stdout.write(
    `memory grew by ${grown.toFixed(1)} MB over the last ${steps - 500} of ${steps} steps; every 200 steps: ${every200.join(', ')} MB\n`,
  );
  expect(grown, `MB that ${steps - 500} steps added`).toBeLessThan(32);
});
