import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTensor, encodeSafetensors, float32Tensor, readSafetensors, type Tensor } from '../tensors/index.js';
import { openSafetensors, saveSafetensors, writeSafetensors } from './safetensorsFile.js';
import { openShardedWeights } from './shardedWeights.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

const tensors = new Map<string, Tensor>([
  ['a.weight', float32Tensor([2, 2], [1, 2, 3, 4])],
  ['b', createTensor('I64', [], BigInt64Array.of(5n))],
  ['c', createTensor('U8', [3], Uint8Array.of(1, 2, 3))],
]);

describe('a safetensors file on disk', () => {
  it('is written as the codec writes it, and read tensor by tensor', async () => {
    const path = join(folder, 'new', 'model.safetensors');
    await saveSafetensors(path, tensors, { format: 'pt' });
    expect(new Uint8Array(await readFile(path))).toEqual(encodeSafetensors(tensors, { format: 'pt' }));
    const source = await openSafetensors(path);
    expect([...source.names].sort()).toEqual([...tensors.keys()].sort());
    expect(source.shape('a.weight')).toEqual([2, 2]);
    expect(source.dtype('b')).toBe('I64');
    expect(source.metadata.get('format')).toBe('pt');
    for (const [name, tensor] of tensors) expect(await source.read(name)).toEqual(tensor);
    await expect(source.read('d')).rejects.toThrow('has no tensor "d"');
    await source.close();
  });

  it('stays as it was when the new one cannot be finished', async () => {
    const path = join(folder, 'kept.safetensors');
    await saveSafetensors(path, tensors);
    const before = await readFile(path);
    await expect(
      writeSafetensors(path, [{ name: 'x', dtype: 'F32', shape: [3] }], () => float32Tensor([2], [1, 2])),
    ).rejects.toThrow('tensor "x" was announced as F32 [3], got F32 [2]');
    expect(await readFile(path)).toEqual(before);
    expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('over 2 GB is opened and read by offset (a sparse file)', async () => {
    const path = join(folder, 'large.safetensors');
    const gigabytes = 5 * 2 ** 30;
    const header = `{"big":{"dtype":"U8","shape":[${gigabytes}],"data_offsets":[0,${gigabytes}]},"end":{"dtype":"F32","shape":[1],"data_offsets":[${gigabytes},${gigabytes + 4}]}}`;
    const start = Buffer.alloc(8 + header.length);
    start.writeBigUInt64LE(BigInt(header.length));
    start.write(header, 8);
    const handle = await open(path, 'w');
    await handle.write(start, 0, start.length, 0);
    await handle.write(new Uint8Array(Float32Array.of(1.5).buffer), 0, 4, start.length + gigabytes);
    await handle.close();
    const source = await openSafetensors(path);
    expect(source.shape('big')).toEqual([gigabytes]);
    expect(await source.read('end')).toEqual(float32Tensor([1], [1.5]));
    await source.close();
    expect((await stat(path)).blocks * 512).toBeLessThan(10_000_000);
  });

  it('cut short or replaced by nothing is refused', async () => {
    const path = join(folder, 'cut.safetensors');
    await saveSafetensors(path, tensors);
    await truncate(path, (await stat(path)).size - 1);
    await expect(openSafetensors(path)).rejects.toThrow(/cut\.safetensors: cut short: tensor "c" ends at byte/);
    await writeFile(path, '');
    await expect(openSafetensors(path)).rejects.toThrow(/it has 0 bytes/);
  });
});

describe('sharded safetensors', () => {
  const index = (map: Record<string, string>): string => JSON.stringify({ metadata: {}, weight_map: map });

  it('are read through their index', async () => {
    const path = join(folder, 'model.safetensors.index.json');
    await saveSafetensors(join(folder, 'model-1.safetensors'), new Map([['x', float32Tensor([1], [1])]]));
    await saveSafetensors(join(folder, 'model-2.safetensors'), new Map([['y', float32Tensor([1], [2])]]));
    await writeFile(path, index({ x: 'model-1.safetensors', y: 'model-2.safetensors' }));
    const source = await openShardedWeights(path);
    expect(source.names).toEqual(['x', 'y']);
    expect(await source.read('y')).toEqual(float32Tensor([1], [2]));
    await source.close();
  });

  it('of an index that leads to folders are refused, in a few words however many they are', async () => {
    const path = join(folder, 'away.safetensors.index.json');
    const names = Array.from({ length: 200 }, (_, at) => [`w${at}`, at % 2 === 0 ? '..' : '../model-1.safetensors']);
    await writeFile(path, index(Object.fromEntries(names)));
    await expect(openShardedWeights(path)).rejects.toThrow(
      `${path}: not an index of weight files: weight_map: w0: expected a file name without folders; weight_map: w1: expected a file name without folders; weight_map: w2: expected a file name without folders; and 197 more`,
    );
  });

  it('are refused when a file or tensor is missing, or the index leads elsewhere', async () => {
    const path = join(folder, 'bad.index.json');
    await saveSafetensors(join(folder, 'model-1.safetensors'), new Map([['x', float32Tensor([1], [1])]]));
    await writeFile(path, index({ x: 'model-9.safetensors' }));
    await expect(openShardedWeights(path)).rejects.toThrow('its file model-9.safetensors is missing');
    await writeFile(path, index({ z: 'model-1.safetensors' }));
    await expect(openShardedWeights(path)).rejects.toThrow('tensor "z" is not in model-1.safetensors');
    await writeFile(path, index({ x: '../secret' }));
    await expect(openShardedWeights(path)).rejects.toThrow('without folders');
    await writeFile(path, '{');
    await expect(openShardedWeights(path)).rejects.toThrow('not valid JSON');
  });
});

it('the codec reads what the file writer wrote', async () => {
  const path = join(folder, 'same.safetensors');
  await saveSafetensors(path, tensors);
  expect(readSafetensors(await readFile(path)).tensors.size).toBe(3);
});
