import { type CompiledFunction, compile, type SerializeOptions } from './compile.js';
import type { Runtime, RuntimeOptions } from './runtime.js';
import type { Value } from './value.js';

/** What is compiled for a key: outputs, and weights that go into the graph or lie beside it. */
export interface CacheEntry extends SerializeOptions {
  readonly outputs: Readonly<Record<string, Value>>;
  readonly session?: RuntimeOptions;
}

/** Compiled functions by key, for graphs that come in several sizes: batches, sentence lengths, image sizes. */
export interface SessionCache {
  /** How many functions are held now. */
  readonly size: number;
  /**
   * Works with the function of a key, compiling it first where the cache does not hold it. While `work` runs the
   * function is never released, however many others are asked for.
   * @throws what `build`, the compilation or `work` throws; after a failed compilation the key is free again
   */
  use<Result>(
    key: string,
    build: () => CacheEntry,
    work: (compiled: CompiledFunction) => Promise<Result>,
  ): Promise<Result>;
  /** Releases all functions, those in use as soon as their work ends; the cache can be used again afterwards. */
  release(): Promise<void>;
}

interface Held {
  readonly compiled: Promise<CompiledFunction>;
  users: number;
  evicted: boolean;
  /** Settled when the function's memory is free. */
  readonly freed: Promise<void>;
  readonly free: () => Promise<void>;
}

function hold(compiled: Promise<CompiledFunction>): Held {
  let settle = (): void => {};
  const freed = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const free = async (): Promise<void> => {
    try {
      await (await compiled).release();
    } finally {
      settle();
    }
  };
  return { compiled, users: 0, evicted: false, freed, free };
}

/**
 * Makes a cache that holds at most `limit` compiled functions and releases the one unused for longest when another is
 * needed: memory of sessions is freed at known points, never by garbage collection.
 */
export function createSessionCache(runtime: Runtime, limit: number): SessionCache {
  if (!Number.isInteger(limit) || limit < 1) throw new Error(`session cache: a limit of ${limit}; expected 1 or more`);
  // A Map keeps the order of insertion: the first entry is the one unused for longest.
  const entries = new Map<string, Held>();

  const evict = async (key: string, held: Held): Promise<void> => {
    entries.delete(key);
    held.evicted = true;
    if (held.users === 0) await held.free();
  };

  const acquire = async (key: string, build: () => CacheEntry): Promise<Held> => {
    const known = entries.get(key);
    if (known) {
      known.users += 1;
      entries.delete(key);
      entries.set(key, known);
      return known;
    }
    const { outputs, session, ...serialization } = build();
    const surplus = [...entries].slice(0, Math.max(0, entries.size - limit + 1));
    // Memory is given back before the next session takes its own.
    const room = Promise.all(surplus.map(([oldKey, old]) => evict(oldKey, old)));
    const made = hold(room.then(() => compile(outputs, { runtime, session, ...serialization })));
    made.users = 1;
    entries.set(key, made);
    made.compiled.catch(() => {
      if (entries.get(key) === made) entries.delete(key);
    });
    return made;
  };

  return {
    get size() {
      return entries.size;
    },
    async use(key, build, work) {
      const held = await acquire(key, build);
      try {
        return await work(await held.compiled);
      } finally {
        held.users -= 1;
        if (held.evicted && held.users === 0) await held.free();
      }
    },
    async release() {
      const all = [...entries];
      for (const [key, held] of all) if (held.users === 0) await evict(key, held);
      await Promise.all(
        [...entries].map(([key, held]) => {
          entries.delete(key);
          held.evicted = true;
          return held.freed;
        }),
      );
    },
  };
}
