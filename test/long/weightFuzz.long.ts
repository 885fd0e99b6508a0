import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/random/index.js';
import { byteLength, readSafetensors } from '../../src/tensors/index.js';
import { openTorch } from '../../src/weights/index.js';

const safetensorsFiles = Number(process.env.REFERSAT_FUZZ_FILES ?? 1_000_000);
const torchFiles = Math.ceil(safetensorsFiles / 50);
const folder = new URL('../fixtures/weights/', import.meta.url);
const seeds = (end: string): Uint8Array[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(end))
    .map((name) => new Uint8Array(readFileSync(new URL(name, folder))));

/** Changes, inserts, removes or repeats a few bytes, mostly near the front, where the structure is. */
function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let changed = bytes.slice();
  for (let change = random.integer(4); change >= 0; change--) {
    const place = Math.min(changed.length - 1, Math.floor(changed.length * random.next() ** 2));
    const kind = random.integer(5);
    if (kind < 2) changed[place] = random.integer(256);
    else if (kind === 2) changed = changed.slice(0, Math.max(1, place));
    else {
      const length = random.integer(24);
      const from = random.integer(changed.length);
      const piece = kind === 3 ? new Uint8Array(0) : changed.slice(from, from + length);
      const after = changed.subarray(kind === 3 ? Math.min(changed.length, place + length) : place);
      const joined = new Uint8Array(Math.max(1, place + piece.length + after.length));
      joined.set(changed.subarray(0, place));
      joined.set(piece, place);
      joined.set(after, place + piece.length);
      changed = joined;
    }
  }
  return changed;
}

it(`reads or refuses ${safetensorsFiles} mutated safetensors`, { timeout: 3_600_000 }, () => {
  const random = createRandom(20_260_102, 'safetensors fuzz');
  const all = seeds('.safetensors');
  let read = 0;
  for (let file = 0; file < safetensorsFiles; file++) {
    try {
      for (const tensor of readSafetensors(mutate(random.pick(all), random)).tensors.values())
        if (tensor.data.byteLength !== byteLength(tensor.dtype, tensor.shape))
          throw new Error('a tensor of wrong size');
      read += 1;
    } catch (error) {
      if ((error as Error).name !== 'UserError') throw new Error(`file ${file}`, { cause: error });
    }
  }
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(safetensorsFiles);
});

it(`opens or refuses ${torchFiles} mutated torch files`, { timeout: 3_600_000 }, async () => {
  const random = createRandom(20_260_103, 'torch fuzz');
  const all = [...seeds('.pth'), ...seeds('.pt')];
  const temporary = mkdtempSync(join(tmpdir(), 'refersat-fuzz-'));
  const path = join(temporary, 'fuzz.pth');
  let read = 0;
  try {
    for (let file = 0; file < torchFiles; file++) {
      writeFileSync(path, mutate(random.pick(all), random));
      try {
        const source = await openTorch(path);
        try {
          for (const name of source.names) await source.read(name);
          read += 1;
        } finally {
          await source.close();
        }
      } catch (error) {
        if (!['UserError', 'PickleError'].includes((error as Error).name))
          throw new Error(`file ${file}`, { cause: error });
      }
    }
  } finally {
    rmSync(temporary, { recursive: true });
  }
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(torchFiles);
});
