import { Worker } from 'node:worker_threads';
import { UserError } from '../errors/index.js';
import { makeSample, type ReadySample, type SampleRequest } from './loaderSample.js';
import type { WorkerAnswer } from './loaderWorker.js';

/** Makes samples, several at a time. */
export interface SamplePool {
  make(request: SampleRequest): Promise<ReadySample>;
  /** Ends the workers; samples under way are rejected. */
  close(): Promise<void>;
}

interface Job {
  readonly request: SampleRequest;
  readonly resolve: (sample: ReadySample) => void;
  readonly reject: (reason: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly jobs: Map<number, Job>;
}

/** Fewest jobs given to one worker at a time, so that the next is there when one is done. */
const fewestJobsPerWorker = 2;
/** Pictures in memory at once where no worker is used; sharp decodes in threads of its own. */
const jobsInThisThread = 4;

/**
 * A pool of `workers` threads that read and augment; 0 does both in this thread (decoding beside it all the same).
 * Running from TypeScript sources needs a `program`, or 0 workers: Node starts no thread from a `.ts` file.
 * @param options.ahead samples that the workers should have between them: while a step of the network holds this
 *   thread, it hands out nothing, and they would run dry
 */
export function createSamplePool(workers: number, program?: URL, options: { ahead?: number } = {}): SamplePool {
  const jobsPerWorker = Math.max(fewestJobsPerWorker, Math.ceil((options.ahead ?? 0) / workers));
  const url = program ?? new URL('./loaderWorker.js', import.meta.url);
  const isSource = import.meta.url.endsWith('.ts') && program === undefined;
  const waiting: Job[] = [];
  let closed = false;
  const isClosed = () => new Error('the loader is closed');

  if (workers === 0 || isSource) {
    let active = 0;
    const next = (): void => {
      while (active < jobsInThisThread) {
        const job = waiting.shift();
        if (!job) return;
        active++;
        makeSample(job.request)
          .then(job.resolve, job.reject)
          .finally(() => {
            active--;
            next();
          });
      }
    };
    return {
      make: (request) =>
        new Promise((resolve, reject) => {
          if (closed) return reject(isClosed());
          waiting.push({ request, resolve, reject });
          next();
        }),
      close: async () => {
        closed = true;
        for (const job of waiting.splice(0)) job.reject(isClosed());
      },
    };
  }

  let lastId = 0;
  const threads = new Set<Thread>();
  const start = (): Thread => {
    const worker = new Worker(url);
    const thread: Thread = { worker, jobs: new Map() };
    const fail = (reason: unknown): void => {
      threads.delete(thread);
      for (const job of thread.jobs.values()) job.reject(reason);
      thread.jobs.clear();
      if (!closed) next();
    };
    worker.on('message', (answer: WorkerAnswer) => {
      const job = thread.jobs.get(answer.id);
      thread.jobs.delete(answer.id);
      if (thread.jobs.size === 0) worker.unref();
      if ('sample' in answer) job?.resolve(answer.sample);
      else job?.reject(answer.isUserError ? new UserError(answer.message) : new Error(answer.message));
      next();
    });
    worker.on('error', fail);
    worker.on('exit', () => fail(isClosed()));
    threads.add(thread);
    return thread;
  };
  /** Threads start when there is work for them: a set that fits the cache needs them for its first epoch only. */
  const freeThread = (): Thread | undefined => {
    let best: Thread | undefined;
    for (const thread of threads) if (!best || thread.jobs.size < best.jobs.size) best = thread;
    if (threads.size < workers && (!best || best.jobs.size > 0)) return start();
    return best && best.jobs.size < jobsPerWorker ? best : undefined;
  };
  const next = (): void => {
    while (waiting.length > 0) {
      const free = freeThread();
      const job = free && waiting.shift();
      if (!free || !job) return;
      const id = ++lastId;
      free.jobs.set(id, job);
      // While it works for us the process must not end; an idle one must not keep it alive.
      free.worker.ref();
      free.worker.postMessage({ id, request: job.request });
    }
  };
  return {
    make: (request) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(isClosed());
        waiting.push({ request, resolve, reject });
        next();
      }),
    close: async () => {
      closed = true;
      for (const job of waiting.splice(0)) job.reject(isClosed());
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}
