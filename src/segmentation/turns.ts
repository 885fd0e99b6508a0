/**
 * A queue of work, one piece at a time. A piece whose signal fires before its turn is rejected at once with the signal's
 * reason and never begun.
 */
export function createTurns(): {
  inTurn<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
  /** Settles when all that was asked so far has ended. */
  idle(): Promise<unknown>;
} {
  let last: Promise<unknown> = Promise.resolve();
  return {
    inTurn(work, signal) {
      return new Promise((resolve, reject) => {
        const giveUp = (): void => reject(signal?.reason);
        if (signal?.aborted) return giveUp();
        signal?.addEventListener('abort', giveUp, { once: true });
        last = last.then(async () => {
          signal?.removeEventListener('abort', giveUp);
          if (!signal?.aborted) await work().then(resolve, reject);
        });
      });
    },
    idle: () => last,
  };
}
