/**
 * Gives what promises bring, in order. `count` of them are under way beside the one that is waited for; `launches`
 * starts one more each time it is asked.
 * @param options.signal ends the iteration with its reason
 * @param options.onWaited told how many milliseconds the consumer waited for each
 */
export async function* readAhead<Item>(
  launches: Iterator<Promise<Item>>,
  count: number,
  options: { readonly signal?: AbortSignal; readonly onWaited: (milliseconds: number) => void },
): AsyncGenerator<Item, void> {
  const { signal, onWaited } = options;
  const ahead: Promise<Item>[] = [];
  const launch = (): void => {
    while (ahead.length <= count) {
      const { done, value: promise } = launches.next();
      if (done) return;
      // One that fails is reported when its turn comes, not as an unhandled rejection before.
      promise.catch(() => undefined);
      ahead.push(promise);
    }
  };
  launch();
  for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
    signal?.throwIfAborted();
    const waitedFrom = performance.now();
    const item = await next;
    onWaited(performance.now() - waitedFrom);
    signal?.throwIfAborted();
    launch();
    yield item;
  }
}
