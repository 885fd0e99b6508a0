import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Runtime } from '../engine/index.js';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import { completeTrainingConfig } from './configYaml.js';
import { closeRun, openRun } from './openedRun.js';
import { saveRun } from './saveRun.js';
import { tinyOptions, writeTinySet } from './testRun.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-opened-run-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The runtime, and how many of its sessions are alive. */
function countingRuntime(): { runtime: Runtime; alive: () => number } {
  let alive = 0;
  const runtime: Runtime = {
    ...onnxruntimeNode,
    async createSession(model, options) {
      const session = await onnxruntimeNode.createSession(model, options);
      alive += 1;
      return {
        ...session,
        async release() {
          alive -= 1;
          await session.release();
        },
      };
    },
  };
  return { runtime, alive: () => alive };
}

it('frees its models when closed, and when the saved state does not fit them', async () => {
  const set = await writeTinySet(folder);
  const run = join(folder, 'run');
  const { runtime, alive } = countingRuntime();
  const opened = await openRun(completeTrainingConfig(tinyOptions(set), 'test'), { folder: run, runtime });
  expect(alive(), 'the training step and the validation').toBe(2);
  await saveRun(opened);
  await closeRun(opened);
  expect(alive()).toBe(0);

  const other = { kind: 'sgd', learningRate: 1, momentum: 0.9 } as const;
  const sgd = completeTrainingConfig(tinyOptions(set, { optimiser: other }), 'test');
  await expect(openRun(sgd, { folder: run, runtime })).rejects.toThrow();
  expect(alive()).toBe(0);
});
