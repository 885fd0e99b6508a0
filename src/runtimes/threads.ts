import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Physical cores by /proc/cpuinfo (Linux); null where it does not say. */
export function physicalCores(cpuinfo: string): number | null {
  const cores = new Set<string>();
  let socket = '0';
  for (const line of cpuinfo.split('\n')) {
    const [key, value] = line.split(':').map((part) => part.trim());
    if (key === 'physical id') socket = value;
    if (key === 'core id') cores.add(`${socket}/${value}`);
  }
  return cores.size > 0 ? cores.size : null;
}

/** Processors that a cgroup's quota allows (`max 100000`, or quota and period in microseconds); null without a quota. */
export function quotaProcessors(cpuMax: string): number | null {
  const [quota, period] = cpuMax.trim().split(/\s+/).map(Number);
  return Number.isFinite(quota) && period > 0 ? Math.max(1, Math.floor(quota / period)) : null;
}

const readText = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

/**
 * Threads of one operator when nobody says: REFERSAT_THREADS, or the physical cores that this process may use. A
 * second thread on a core of matrix products gains nothing, and a container's quota is kept to.
 * @throws Error when REFERSAT_THREADS is no whole number of 1 or more
 */
export function defaultThreads(environment: Readonly<Record<string, string | undefined>> = process.env): number {
  const asked = environment.REFERSAT_THREADS;
  if (asked !== undefined && asked !== '') {
    const threads = Number(asked);
    if (!Number.isInteger(threads) || threads < 1) {
      throw new Error(`REFERSAT_THREADS is ${asked}; expected a whole number of 1 or more`);
    }
    return threads;
  }
  const limits = [
    availableParallelism(),
    physicalCores(readText('/proc/cpuinfo') ?? ''),
    quotaProcessors(readText('/sys/fs/cgroup/cpu.max') ?? ''),
  ];
  return Math.min(...limits.filter((limit) => limit !== null));
}
