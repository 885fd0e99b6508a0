import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset, validateDataset } from '../../src/datasets/index.js';
import { UserError } from '../../src/errors/index.js';
import { createRandom } from '../../src/random/index.js';

const fixtures = resolve(dirname(fileURLToPath(import.meta.url)), '../fixtures/datasets');
const names = ['nwpu-refer', 'nwpu-refer-nested', 'rrsis-d', 'refcoco', 'grefcoco', 'refsegrs', 'risbench', 'aerial-d'];
const rounds = Number(process.env.REFERSAT_FUZZ_ROUNDS ?? 2000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-fuzz-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Files of a release that a reader parses. */
async function textFiles(root: string): Promise<string[]> {
  const found = await readdir(root, { recursive: true });
  return found.filter((name) => /\.(json|p|txt|xml)$/.test(name)).sort();
}

/** Bytes with a few faults: cut, changed, doubled or swapped pieces. */
function mutate(bytes: Buffer, random: ReturnType<typeof createRandom>): Buffer {
  let result = Buffer.from(bytes);
  for (let fault = 0; fault <= random.integer(3); fault++) {
    if (result.length === 0) return result;
    const at = random.integer(result.length);
    const size = 1 + random.integer(12);
    const piece = result.subarray(at, at + size);
    const kind = random.integer(5);
    if (kind === 0) result = result.subarray(0, at);
    else if (kind === 1) result[at] = random.integer(256);
    else if (kind === 2) result = Buffer.concat([result.subarray(0, at), piece, result.subarray(at)]);
    else if (kind === 3) result = Buffer.concat([result.subarray(0, at), result.subarray(at + size)]);
    else
      result = Buffer.concat([
        result.subarray(0, at),
        Buffer.from(random.pick(['null', '-1', '"', '[]', '{}', '1e999', '99999999999999999999'])),
        result.subarray(at),
      ]);
  }
  return result;
}

describe('readers of releases under random faults', () => {
  it.each(names)(
    '%s: opens, or says what is wrong',
    async (name) => {
      const root = join(folder, name);
      await cp(join(fixtures, name), root, { recursive: true });
      const files = await textFiles(root);
      const random = createRandom('dataset fuzz', name);
      for (let round = 0; round < rounds; round++) {
        const file = join(root, random.pick(files));
        const whole = await readFile(file);
        await writeFile(file, mutate(whole, random));
        try {
          const dataset = await openDataset(root, { faulty: 'skip' });
          for (const sample of dataset.samples) sample.mask();
        } catch (error) {
          if (!(error instanceof UserError)) throw new Error(`round ${round}, ${file}`, { cause: error });
          expect(error.message.length, `round ${round}`).toBeGreaterThan(20);
        }
        try {
          await validateDataset(root, { withoutImages: true });
        } catch (error) {
          if (!(error instanceof UserError)) throw new Error(`round ${round}, ${file}, validate`, { cause: error });
        }
        await writeFile(file, whole);
      }
      expect((await stat(root)).isDirectory()).toBe(true);
    },
    3_600_000,
  );
});
