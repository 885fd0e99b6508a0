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
