import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rleArea } from '../masks/index.js';
import { readMaskFile } from './maskFile.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-mask-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('reads every pixel above zero', async () => {
  const path = join(folder, 'a.png');
  await sharp(Buffer.from([0, 1, 255, 0, 0, 7]), { raw: { width: 3, height: 2, channels: 1 } }).toFile(path);
  expect(rleArea(await readMaskFile(path))).toBe(3);
});

it('refuses a header that claims more pixels than any picture has, before it takes memory', async () => {
  const path = join(folder, 'b.png');
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  // Width and height of the first chunk, and its checksum.
  png.writeUInt32BE(30_000, 16);
  png.writeUInt32BE(30_000, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  await writeFile(path, png);
  await expect(readMaskFile(path)).rejects.toThrow('pixel limit');
});
