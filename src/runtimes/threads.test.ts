import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { defaultThreads, physicalCores, quotaProcessors } from './threads.js';

describe('threads when nobody says', () => {
  it('counts cores, not their hyper-threads', () => {
    const processor = (socket: number, core: number) =>
      `processor : 0\nphysical id\t: ${socket}\ncore id\t\t: ${core}\n`;
    const twoCoresTwice = [processor(0, 0), processor(0, 1), processor(0, 0), processor(0, 1)].join('\n');
    expect(physicalCores(twoCoresTwice)).toBe(2);
    expect(physicalCores(`${processor(0, 0)}\n${processor(1, 0)}`)).toBe(2);
    expect(physicalCores('processor : 0\nmodel name : ARM\n')).toBeNull();
  });

  it("keeps to a container's quota", () => {
    expect(quotaProcessors('150000 100000\n')).toBe(1);
    expect(quotaProcessors('400000 100000\n')).toBe(4);
    expect(quotaProcessors('50000 100000\n')).toBe(1);
    expect(quotaProcessors('max 100000\n')).toBeNull();
    expect(quotaProcessors('')).toBeNull();
  });

  it('takes REFERSAT_THREADS, and refuses nonsense', () => {
    expect(defaultThreads({ REFERSAT_THREADS: '3' })).toBe(3);
    expect(() => defaultThreads({ REFERSAT_THREADS: 'many' })).toThrow(
      'REFERSAT_THREADS is many; expected a whole number',
    );
    expect(() => defaultThreads({ REFERSAT_THREADS: '0' })).toThrow('REFERSAT_THREADS is 0');
    const threads = defaultThreads({});
    expect(threads).toBeGreaterThanOrEqual(1);
    expect(threads).toBeLessThanOrEqual(availableParallelism());
  });
});
