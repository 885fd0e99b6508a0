import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { RenderedScene } from './scene.js';

export interface SyntheticOptions {
  readonly count: number;
  readonly seed: number;
  readonly sizePx: number;
  /** Worker threads; as many as the machine has cores when left out. The scenes do not depend on it. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
}

type Reply =
  | { readonly index: number; readonly rendered: RenderedScene }
  | { readonly index: number; readonly error: string };

/** In a source checkout (tests, tsx) the worker is TypeScript and needs the loader; built, it is plain JavaScript. */
function startWorker(seed: number, sizePx: number): Worker {
  const workerData = { seed, sizePx };
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./sceneWorker.js', import.meta.url), { workerData });
  }
  // Not `tsx/esm/api` itself: resolved for `require` it is a module that a worker cannot start from.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const loader = new URL('dist/esm/api/index.mjs', tsx).href;
  const worker = new URL('./sceneWorker.ts', import.meta.url).href;
  const start = `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${JSON.stringify(worker)}); })`;
  return new Worker(start, { eval: true, workerData, execArgv: [] });
}

/**
 * Renders scenes 0 .. count - 1 of a series on worker threads and yields them in order. At most a few scenes wait for
 * their turn. Throws what a worker throws; stops the workers when the loop is left or `signal` aborts.
 */
export async function* syntheticScenes(options: SyntheticOptions): AsyncGenerator<RenderedScene> {
  const { count, seed, sizePx, signal } = options;
  const lanes = Math.max(1, Math.min(options.workers ?? availableParallelism(), count));
  const ready = new Map<number, RenderedScene>();
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  let asked = 0;
  let given = 0;
  const most = 4 * lanes;
  const idle: Worker[] = [];
  const fail = (error: Error): void => {
    failure ??= error;
    wake?.();
  };
  const askMore = (): void => {
    while (idle.length > 0 && asked < count && asked - given < most) idle.pop()?.postMessage({ index: asked++ });
  };
  const workers = Array.from({ length: lanes }, () => startWorker(seed, sizePx));
  for (const worker of workers) {
    worker.on('message', (reply: Reply) => {
      if ('error' in reply) fail(new Error(`scene ${reply.index} of seed ${seed}: ${reply.error}`));
      else ready.set(reply.index, reply.rendered);
      idle.push(worker);
      askMore();
      wake?.();
    });
    worker.on('error', fail);
    worker.on('exit', (code) => {
      if (code !== 0 && given < count) fail(new Error(`a worker that renders scenes ended with code ${code}`));
    });
    idle.push(worker);
  }
  const onAbort = (): void => fail(signal?.reason instanceof Error ? signal.reason : new Error('stopped'));
  signal?.addEventListener('abort', onAbort);
  try {
    askMore();
    while (given < count) {
      if (failure) throw failure;
      const next = ready.get(given);
      if (!next) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      ready.delete(given);
      given++;
      askMore();
      yield next;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
