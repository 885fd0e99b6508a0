import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mapConcurrently } from './concurrently.js';
import type { DatasetTables } from './tables.js';

/**
 * For each image row the first row of the same picture: of one path, or of one name in two folders and of the same bytes.
 * What cannot be read is like nothing else. Throws only when `signal` aborts.
 */
export async function sameImages(
  root: string,
  { images, folders, imageFolder }: DatasetTables,
  options: { readonly byBytes: boolean; readonly signal?: AbortSignal },
): Promise<Int32Array> {
  const first = Int32Array.from(images.file, (_, row) => row);
  const byPath = new Map<string, number>();
  const byName = new Map<string, number[]>();
  for (const [row, name] of images.file.entries()) {
    const path = `${images.folder[row]} ${name}`;
    const known = byPath.get(path);
    if (known !== undefined) {
      first[row] = known;
      continue;
    }
    byPath.set(path, row);
    const named = byName.get(name);
    if (named) named.push(row);
    else byName.set(name, [row]);
  }
  if (options.byBytes) {
    const pathOf = (row: number): string =>
      join(root, images.folder[row] < 0 ? imageFolder : folders[images.folder[row]], images.file[row]);
    const alike = [...byName.values()].filter((rows) => rows.length > 1);
    await mapConcurrently(alike, async (rows) => takeSameBytes(rows, pathOf, first), options);
    // A row that stands for another's path follows it.
    for (let row = 0; row < first.length; row++) first[row] = first[first[row]];
  }
  return first;
}

/** Points rows of pictures with equal bytes to the first of them. */
async function takeSameBytes(
  rows: readonly number[],
  pathOf: (row: number) => string,
  first: Int32Array,
): Promise<void> {
  const sizes = await Promise.all(
    rows.map((row) =>
      stat(pathOf(row)).then(
        ({ size }) => size,
        () => -1,
      ),
    ),
  );
  const known = new Map<string, number>();
  for (const [position, row] of rows.entries()) {
    const size = sizes[position];
    if (size < 0 || sizes.filter((other) => other === size).length < 2) continue;
    const bytes = await readFile(pathOf(row)).catch(() => undefined);
    if (bytes === undefined) continue;
    const sum = createHash('sha256').update(bytes).digest('hex');
    const same = known.get(sum);
    if (same === undefined) known.set(sum, row);
    else first[row] = same;
  }
}
