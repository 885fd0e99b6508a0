import { availableParallelism } from 'node:os';

/**
 * Runs `work` over items, several at once (twice the cores by default, so that reading and decoding overlap), and gives
 * the results in the items' order. At the first failure, or when `signal` aborts, no new item is taken, and it is thrown
 * once those that were begun have ended: whoever clears up after it meets nobody at work.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
  options: { readonly signal?: AbortSignal; readonly limit?: number } = {},
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  let failure = null as { readonly error: unknown } | null;
  const lane = async (): Promise<void> => {
    try {
      while (next < items.length && failure === null) {
        options.signal?.throwIfAborted();
        const index = next++;
        results[index] = await work(items[index], index);
      }
    } catch (error) {
      failure ??= { error };
    }
  };
  const lanes = Math.min(items.length, options.limit ?? 2 * availableParallelism());
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failure !== null) throw failure.error;
  return results;
}
