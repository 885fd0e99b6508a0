import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { mapConcurrently } from './concurrently.js';

it('gives results in the order of the items, at most so many at once', async () => {
  let [running, most] = [0, 0];
  const results = await mapConcurrently(
    [30, 5, 20, 1],
    async (milliseconds, index) => {
      most = Math.max(most, ++running);
      await setTimeout(milliseconds);
      running--;
      return index;
    },
    { limit: 2 },
  );
  expect(results).toEqual([0, 1, 2, 3]);
  expect(most).toBe(2);
});

it('throws the first failure when nothing is at work any more, and begins nothing new', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const working = mapConcurrently(
    [0, 1, 2, 3],
    async (item) => {
      begun.push(item);
      await setTimeout(5 * item);
      if (item < 2) throw new Error(`failure ${item}`);
      ended.push(item);
    },
    { limit: 3 },
  );
  await expect(working).rejects.toThrow('failure 0');
  expect(begun).toEqual([0, 1, 2]);
  expect(ended).toEqual([2]);
});

it('throws the reason of a signal, whatever was thrown for it', async () => {
  const stop = new AbortController();
  const working = mapConcurrently(
    [0, 1, 2],
    async (item) => {
      if (item === 0) stop.abort(undefined);
      return item;
    },
    { limit: 1, signal: stop.signal },
  );
  await expect(working).rejects.toBe(stop.signal.reason);
  await expect(mapConcurrently([0], () => Promise.reject(undefined))).rejects.toBeUndefined();
});
