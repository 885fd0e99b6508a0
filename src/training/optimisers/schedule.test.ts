import { describe, expect, it } from 'vitest';
import { createSchedule, type ScheduleConfig } from './schedule.js';

const factors = (config: ScheduleConfig, iterations: number[]): number[] => iterations.map(createSchedule(config));

describe('a schedule', () => {
  it('of each kind has the stated values', () => {
    expect(factors({ kind: 'constant' }, [0, 1e6])).toEqual([1, 1]);
    expect(factors({ kind: 'poly', totalIterations: 10 }, [0, 5, 10, 12])).toEqual([1, 0.5 ** 0.9, 0, 0]);
    const cosine = factors({ kind: 'cosine', totalIterations: 10, minFactor: 0.2 }, [0, 5, 10, 11]);
    [1, 0.6, 0.2, 0.2].forEach((want, index) => {
      expect(cosine[index]).toBeCloseTo(want, 12);
    });
    expect(factors({ kind: 'step', milestones: [3, 5], factor: 0.5 }, [0, 2, 3, 4, 5, 9])).toEqual([
      1, 1, 0.5, 0.5, 0.25, 0.25,
    ]);
  });

  it('rises through a warm-up to 1 and then runs over the rest', () => {
    const warm = { kind: 'poly', totalIterations: 12, power: 1, warmUp: { iterations: 2 } } as const;
    expect(factors(warm, [0, 1, 2, 7, 12])).toEqual([0.5, 1, 1, 0.5, 0]);
    const from = { kind: 'constant', warmUp: { iterations: 4, startFactor: 0.2 } } as const;
    expect(factors(from, [0, 3, 4])).toEqual([0.4, 1, 1]);
  });

  it('refuses settings that leave nothing of the run', () => {
    expect(() => createSchedule({ kind: 'cosine', totalIterations: 5, warmUp: { iterations: 5 } })).toThrow(
      'a warm-up of 5 iterations leaves nothing of 5',
    );
    expect(() => createSchedule({ kind: 'poly', totalIterations: 0 })).toThrow('totalIterations');
  });
});
