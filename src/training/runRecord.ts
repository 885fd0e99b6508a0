import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { parseJsonOrNull, readIfThere } from '../files/index.js';

/**
 * What a run wrote down in a JSON file; null where it has not yet.
 * @param what the file should be: "saved progress of a training run"
 * @throws UserError naming the file and each field when it is something else
 */
export async function readRunRecord<Record>(
  path: string,
  schema: z.ZodType<Record>,
  what: string,
): Promise<Record | null> {
  const text = await readIfThere(path);
  if (text === null) return null;
  const parsed = schema.safeParse(parseJsonOrNull(text));
  if (parsed.success) return parsed.data;
  throw new UserError(
    `${path}: is no ${what} (${z.prettifyError(parsed.error)}); start a new run from its checkpoint with --initial-weights`,
    { cause: parsed.error },
  );
}
