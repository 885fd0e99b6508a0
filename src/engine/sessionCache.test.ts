import { describe, expect, it } from 'vitest';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import { createSessionCache, floatTensor, type HostTensor, input, mul, type Runtime } from './index.js';

/** Counts what is created and released. */
function countingRuntime() {
  const counts = { created: 0, released: 0, alive: 0, most: 0 };
  const runtime: Runtime = {
    name: 'counting',
    async createSession(model, options) {
      const session = await onnxruntimeNode.createSession(model, options);
      counts.created += 1;
      counts.alive += 1;
      counts.most = Math.max(counts.most, counts.alive);
      return {
        run: session.run,
        async release() {
          counts.released += 1;
          counts.alive -= 1;
          await session.release();
        },
      };
    },
  };
  return { counts, runtime };
}

const ofSize = (size: number) => () => ({ outputs: { y: mul(input('x', [size]), 2) } });
const twice = (size: number) => async (compiled: { run: (feeds: Record<string, HostTensor>) => Promise<unknown> }) => {
  const { y } = (await compiled.run({ x: floatTensor(new Float32Array(size).fill(3), [size]) })) as { y: HostTensor };
  return [...(y.data as Float32Array)];
};

describe('the session cache', () => {
  it('compiles each key once while it is held, and releases the one unused for longest', async () => {
    const { counts, runtime } = countingRuntime();
    const cache = createSessionCache(runtime, 2);
    for (const size of [1, 2, 1, 3, 1, 2])
      expect(await cache.use(`${size}`, ofSize(size), twice(size))).toHaveLength(size);
    // 3 pushed 2 out, then 2 pushed 3 out; 1 was used in between and stayed.
    expect(counts).toEqual({ created: 4, released: 2, alive: 2, most: 2 });
    await cache.release();
    expect(counts.alive).toBe(0);
    expect(cache.size).toBe(0);
  });

  it('shares one compilation among those who ask at once', async () => {
    const { counts, runtime } = countingRuntime();
    const cache = createSessionCache(runtime, 2);
    await Promise.all([1, 2, 3, 4].map(() => cache.use('a', ofSize(2), twice(2))));
    expect(counts.created).toBe(1);
    await cache.release();
  });

  it('never releases what is in use', async () => {
    const { counts, runtime } = countingRuntime();
    const cache = createSessionCache(runtime, 1);
    let finish = (): void => {};
    const busy = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = cache.use('1', ofSize(1), async (compiled) => {
      await busy;
      return twice(1)(compiled);
    });
    await cache.use('2', ofSize(2), twice(2));
    expect(counts.released).toBe(0);
    const released = cache.release();
    finish();
    expect(await first).toEqual([6]);
    await released;
    expect(counts).toMatchObject({ created: 2, released: 2, alive: 0 });
  });

  it('forgets a key whose compilation failed', async () => {
    const { runtime } = countingRuntime();
    const cache = createSessionCache(runtime, 1);
    const broken: Runtime['createSession'] = async () => {
      throw new Error('no memory');
    };
    const failing = createSessionCache({ name: 'broken', createSession: broken }, 1);
    await expect(failing.use('a', ofSize(1), twice(1))).rejects.toThrow('no memory');
    expect(failing.size).toBe(0);
    await expect(
      cache.use('a', ofSize(1), async () => {
        throw new Error('bad picture');
      }),
    ).rejects.toThrow('bad picture');
    expect(await cache.use('a', ofSize(1), twice(1))).toEqual([6]);
    await cache.release();
    expect(() => createSessionCache(runtime, 0)).toThrow('a limit of 0');
  });
});
