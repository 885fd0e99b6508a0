import type { z } from 'zod';
import { UserError } from '../../errors/index.js';

/**
 * Settings checked, with the defaults filled in.
 * @param what the settings are of, for the message
 * @throws UserError that names each setting that is unknown or out of range
 */
export function completeSettings<Schema extends z.ZodType>(
  what: string,
  schema: Schema,
  settings: z.input<Schema>,
): z.output<Schema> {
  const parsed = schema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UserError(`${what}: ${problems.join('; ')}`);
}
