import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { trainAlone } from './trainAlone.js';

/** Trains in a thread of its own. */
function trainInWorker(seed: number): Promise<number[]> {
  // Node starts no thread from TypeScript: a few lines that load tsx first do.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const loader = new URL('dist/esm/api/index.mjs', tsx).href;
  const work = new URL('./trainAlone.ts', import.meta.url).href;
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(${JSON.stringify(loader)})
      .then(({ register }) => { register(); return import(${JSON.stringify(work)}); })
      .then(({ trainAlone }) => trainAlone(workerData))
      .then((parameters) => parentPort.postMessage(parameters));`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(code, { eval: true, workerData: seed, execArgv: [] });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

describe('compiled functions in worker threads', () => {
  it('train beside each other as one does in the main thread, bit for bit', async () => {
    const trained = await Promise.all([0, 1, 2].map(trainInWorker));
    for (const [seed, parameters] of trained.entries()) expect(parameters).toEqual(await trainAlone(seed));
    expect(trained[0]).not.toEqual(trained[1]);
    expect(trained[0].every(Number.isFinite)).toBe(true);
  });
});
