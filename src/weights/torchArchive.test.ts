import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../tensors/index.js';
import { openTorchArchive } from './torchArchive.js';
import { openTorch } from './torchFile.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/weights/${name}`, import.meta.url));
let folder: string;
let entries: [name: string, bytes: Uint8Array][];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-archive-'));
  const handle = await open(fixture('state.pth'));
  const archive = await openTorchArchive(handle, 'state.pth');
  entries = [];
  for (const name of archive.names) entries.push([name, await archive.read(name, 0, archive.size(name) ?? 0)]);
  await handle.close();
});
afterAll(() => rm(folder, { recursive: true }));

interface Packed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What is stored, and by which method: 0 as it is, 8 deflated. */
  readonly packed: Uint8Array;
  readonly method: number;
  /** What the directory says of its size. */
  readonly statedBytes?: number;
}

/** A zip archive, its entries in the folder `model`; sums are left at 0, since nobody asks for them. */
function zip(files: readonly Packed[]): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, packed, method, statedBytes = bytes.length } of files) {
    const path = Buffer.from(`model/${name}`);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(statedBytes, 22);
    local.writeUInt16LE(path.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    local.copy(central, 6, 4, 30);
    central.writeUInt32LE(offset, 42);
    directory.push(central, path);
    parts.push(local, path, Buffer.from(packed));
    offset += local.length + path.length + packed.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, index, end]);
}

const stored = (name: string, bytes: Uint8Array): Packed => ({ name, bytes, packed: bytes, method: 0 });
const deflated = (name: string, bytes: Uint8Array): Packed => ({
  name,
  bytes,
  packed: deflateRawSync(bytes),
  method: 8,
});
/** Opens the fixture's tensors packed anew. */
async function opened(pack: (name: string, bytes: Uint8Array) => Packed, more: readonly Packed[] = []) {
  const path = join(folder, 'packed.pth');
  const names = new Set(more.map(({ name }) => name));
  const own = entries.filter(([name]) => !names.has(name)).map(([name, bytes]) => pack(name, bytes));
  await writeFile(path, zip([...own, ...more]));
  return openTorch(path);
}

describe('a torch archive', () => {
  it.each([
    ['stored', stored],
    ['deflated', deflated],
  ] as const)('that is %s gives the same tensors', async (_, pack) => {
    const { tensors } = readSafetensors(await readFile(fixture('expected.safetensors')));
    const source = await opened(pack);
    for (const [name, tensor] of tensors) expect(await source.read(name), name).toEqual(tensor);
    await source.close();
  });

  it('of a big-endian machine is refused', async () => {
    const order = (text: string) => [stored('byteorder', Buffer.from(text))];
    await expect(opened(stored, order('big'))).rejects.toThrow('written on a big-endian machine');
    await (await opened(stored, order('little'))).close();
  });

  it('with a storage of another size than its tensors say is refused', async () => {
    const [name, bytes] = entries.find(([one, all]) => one.startsWith('data/') && all.length > 8) ?? [
      '',
      Uint8Array.of(),
    ];
    for (const other of [bytes.subarray(0, -4), Buffer.concat([bytes, Buffer.alloc(4)])]) {
      await expect(opened(stored, [stored(name, other)])).rejects.toThrow(
        `has ${other.length} bytes, ${bytes.length} were expected: the file is incomplete`,
      );
    }
  });

  it('with an entry that unpacks to another size, or is packed otherwise, is refused', async () => {
    const read = async (file: Packed): Promise<Uint8Array> => {
      const path = join(folder, 'odd.zip');
      await writeFile(path, zip([stored('data.pkl', Uint8Array.of(1)), file]));
      const handle = await open(path);
      try {
        const archive = await openTorchArchive(handle, 'odd.zip');
        return await archive.read(file.name, 2, 5);
      } finally {
        await handle.close();
      }
    };
    const bytes = Uint8Array.of(10, 11, 12, 13, 14, 15);
    expect([...(await read(stored('e', bytes)))]).toEqual([12, 13, 14]);
    expect([...(await read(deflated('e', bytes)))]).toEqual([12, 13, 14]);
    await expect(read({ ...deflated('e', bytes), statedBytes: 8 })).rejects.toThrow(
      'its entry e is damaged: it unpacks to another size than it states',
    );
    await expect(read({ ...deflated('e', bytes), method: 12 })).rejects.toThrow('compressed by method 12');
    await expect(read(stored('e', bytes.subarray(0, 4)))).rejects.toThrow('its entry e has 4 bytes, 5 were expected');
    await expect(read(deflated('e', bytes.subarray(0, 4)))).rejects.toThrow('its entry e has 4 bytes, 5 were expected');
  });
});
