import { availableParallelism } from 'node:os';

/**
 * Runs `work` over items, several at once (twice the cores by default, so that reading and decoding overlap), and gives
 * the results in the items' order. Stops taking new items at the first failure or when `signal` aborts, and throws it.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
  options: { readonly signal?: AbortSignal; readonly limit?: number } = {},
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  let stopped = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !stopped) {
      options.signal?.throwIfAborted();
      const index = next;
      next += 1;
      try {
        results[index] = await work(items[index], index);
      } catch (error) {
        stopped = true;
        throw error;
      }
    }
  };
  const lanes = Math.min(items.length, options.limit ?? 2 * availableParallelism());
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
