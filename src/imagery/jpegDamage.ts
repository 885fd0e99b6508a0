/** Bytes between two parts of a file disturb nothing, unless pixels were to follow: tables, scans, restart markers. */
const harmlessBytes = /extraneous bytes before marker 0x(?!c4|da|d[0-7])/i;

/**
 * What libjpeg says of a JPEG whose pixels are damaged though it goes on ("premature end of data segment"), out of a
 * decoder's warnings; null where they are harmless (padding before the end, an unknown colour transform). Damage that
 * happens to be valid code has no warning.
 */
export function jpegDamage(warnings: string): string | null {
  const damage = warnings
    .split('\n')
    .map((line) => /Corrupt JPEG data: (.*)/i.exec(line)?.[1])
    .find((reason) => reason !== undefined && !harmlessBytes.test(reason));
  return damage?.trim() ?? null;
}

/** Whether a message holds a warning of libjpeg; a picture cut off is another's, since that is an error. */
const hasWarning = (message: string): boolean => /VipsJpeg: (?!premature end of JPEG image)/i.test(message);

/** Times that a JPEG with a fault is read for the reason. */
const mostTries = 5;

/**
 * Reads a JPEG strictly, and one that only warnings stand against again as far as it goes: a sound one is read once.
 * @param read reads it with a level of sharp's `failOn`
 * @returns what was read, and what is damaged; null for a sound picture and for harmless warnings
 * @throws what `read` throws for `error`
 */
export async function readJpeg<Result>(
  read: (failOn: 'error' | 'warning') => Promise<Result>,
): Promise<{ readonly result: Result; readonly damage: string | null }> {
  const failed = Symbol('failed');
  let message = '';
  const readStrictly = (): Promise<Result | typeof failed> =>
    read('warning').catch((error: unknown) => {
      message = error instanceof Error ? error.message : '';
      return failed;
    });
  const strict = await readStrictly();
  if (strict !== failed) return { result: strict as Result, damage: null };
  const result = await read('error');
  // libvips has one place for the messages of all threads: another picture's decoding may have wiped this one's.
  for (let tries = 1; tries < mostTries && !hasWarning(message); tries++) await readStrictly();
  if (!hasWarning(message)) return { result, damage: 'the decoder gives no reason' };
  return { result, damage: jpegDamage(message) };
}
