import { z } from 'zod';

/** `--views` of the commands that ask a model. */
export const viewsFlag = {
  flags: '--views <count>',
  description: '2 or 4: see each picture mirrored and turned, too, and average the answers (default 1)',
};

const expected = { error: 'expected 1, 2 or 4' };

/** The number of views behind the flag. */
export const viewsSchema = z.coerce
  .number(expected)
  .pipe(z.literal([1, 2, 4], expected))
  .default(1);
