/** Milliseconds of each run: by the clock, and of all processors together. */
export interface Times {
  readonly wall: number[];
  readonly processor: number[];
}

/** The middle value; the mean of the two in the middle where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Times of `runs` calls in this process, after `warmups` that do not count. */
export async function timesOf(once: () => unknown, warmups: number, runs: number): Promise<Times> {
  const times: Times = { wall: [], processor: [] };
  for (let run = 0; run < warmups + runs; run++) {
    const [start, busy] = [performance.now(), process.cpuUsage()];
    await once();
    if (run < warmups) continue;
    times.wall.push(performance.now() - start);
    const { user, system } = process.cpuUsage(busy);
    times.processor.push((user + system) / 1000);
  }
  return times;
}

/** Adds the times of a round to those of all rounds. */
export function collectTimes(all: Times, round: Times): void {
  all.wall.push(...round.wall);
  all.processor.push(...round.processor);
}
