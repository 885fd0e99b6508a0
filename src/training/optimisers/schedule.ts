import { z } from 'zod';
import { UserError } from '../../errors/index.js';
import { completeSettings } from './completeSettings.js';

const iterations = z.number().int().positive();
const warmUp = z
  .strictObject({
    /** How many iterations the factor rises linearly to 1. */
    iterations: z.number().int().min(0),
    /** The factor that the rise starts from: iteration i gives start + (1 - start) (i + 1) / iterations. */
    startFactor: z.number().min(0).max(1).default(0),
  })
  .optional();
const minFactor = z.number().min(0).max(1).default(0);

/** How the learning rate changes over a run; any kind may begin with a warm-up. */
export const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), warmUp }),
  /** (1 - t / T)^power. */
  z.strictObject({
    kind: z.literal('poly'),
    totalIterations: iterations,
    power: z.number().positive().default(0.9),
    minFactor,
    warmUp,
  }),
  /** Half a cosine wave from 1 to minFactor (Loshchilov and Hutter 2017). */
  z.strictObject({ kind: z.literal('cosine'), totalIterations: iterations, minFactor, warmUp }),
  /** Multiplied by `factor` at each of the milestones, given as iterations of the whole run. */
  z.strictObject({
    kind: z.literal('step'),
    milestones: z.array(z.number().int().min(0)),
    factor: z.number().positive().default(0.1),
    warmUp,
  }),
]);

/** The settings of a schedule; what has a default may be left out. */
export type ScheduleConfig = z.input<typeof scheduleSchema>;

/**
 * Makes a schedule: the factor by which the base learning rate is multiplied in iteration 0, 1, 2, ... It depends on
 * the iteration alone, so a resumed run needs no saved state. `totalIterations` counts the warm-up; poly and cosine
 * run over what follows it, and stay at their end afterwards.
 * @throws UserError for settings out of range, or a warm-up that leaves nothing of the run
 */
export function createSchedule(config: ScheduleConfig): (iteration: number) => number {
  const schedule = completeSettings('schedule', scheduleSchema, config);
  const warm = schedule.warmUp?.iterations ?? 0;
  const startFactor = schedule.warmUp?.startFactor ?? 0;
  if ('totalIterations' in schedule && schedule.totalIterations <= warm)
    throw new UserError(
      `schedule: a warm-up of ${warm} iterations leaves nothing of ${schedule.totalIterations}: shorten it`,
    );

  const afterWarmUp = (iteration: number): number => {
    switch (schedule.kind) {
      case 'constant':
        return 1;
      case 'step':
        return schedule.factor ** schedule.milestones.filter((milestone) => milestone <= iteration).length;
      default: {
        const progress = Math.min(1, (iteration - warm) / (schedule.totalIterations - warm));
        const shape =
          schedule.kind === 'poly' ? (1 - progress) ** schedule.power : (1 + Math.cos(Math.PI * progress)) / 2;
        return schedule.minFactor + (1 - schedule.minFactor) * shape;
      }
    }
  };
  return (iteration) =>
    iteration < warm ? startFactor + ((1 - startFactor) * (iteration + 1)) / warm : afterWarmUp(iteration);
}
