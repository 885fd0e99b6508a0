import { readFile, writeFile } from 'node:fs/promises';

/** A JPEG with a stray mark amid its pixels, which decoders pass over with a warning; for tests. */
export function damaged(jpeg: Uint8Array): Uint8Array {
  // The pixels begin behind the header of the scan (FF DA and 12 bytes) and end before the mark FF D9.
  const start = Buffer.from(jpeg).indexOf(Buffer.from([0xff, 0xda])) + 14;
  const bytes = Uint8Array.from(jpeg);
  bytes.set([0xff, 0xd0], Math.floor((start + jpeg.length - 2) / 2));
  return bytes;
}

/** Damages a JPEG file in its place. */
export async function damageFile(path: string): Promise<void> {
  await writeFile(path, damaged(await readFile(path)));
}
