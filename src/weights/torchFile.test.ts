import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSafetensors, float32Tensor, readSafetensors } from '../tensors/index.js';
import { openWeights } from './openWeights.js';
import { copyStrided, isContiguous } from './stridedTensor.js';
import { openTorch } from './torchFile.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/weights/${name}`, import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-torch-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a torch file', () => {
  it.each([
    ['state.pth', 'expected.safetensors'],
    ['checkpoint.pth', 'checkpoint.expected.safetensors'],
  ])('%s gives the tensors that torch has, of every type and layout', async (file, expected) => {
    const { tensors } = readSafetensors(await readFile(fixture(expected)));
    const source = await openTorch(fixture(file));
    expect([...source.names].sort()).toEqual([...tensors.keys()].sort());
    for (const [name, tensor] of tensors) {
      expect(source.shape(name), name).toEqual(tensor.shape);
      expect(source.dtype(name), name).toBe(tensor.dtype);
      expect(await source.read(name), name).toEqual(tensor);
    }
    await expect(source.read('none')).rejects.toThrow('has no tensor "none"');
    await source.close();
  });

  it('of another pickle protocol is read as well', async () => {
    const source = await openTorch(fixture('protocol4.pth'));
    expect(await source.read('weight')).toEqual(float32Tensor([2], [1, 1]));
    await source.close();
  });

  it.each([
    [
      'legacy.pth',
      /before torch 1\.6\. Convert it once .*torch\.save\(torch\.load\(".*legacy\.pth".*legacy-zip\.pth"\)/,
    ],
    ['legacy-tar.pth', /before torch 1\.6\. Convert it once with Python/],
    ['torchscript.pt', /a TorchScript program, not weights/],
    ['whole-model.pth', /asks for torch\.nn\.modules\.linear\.Linear.*save only model\.state_dict\(\)/],
    ['evil.pth', /asks for posix\.system, which is not on the list/],
    ['expected.safetensors', /not a file of torch\.save/],
  ])('%s is refused with the reason and the way out', async (name, message) => {
    await expect(openTorch(fixture(name))).rejects.toThrow(message);
  });

  it('cut short anywhere is refused', async () => {
    const bytes = await readFile(fixture('state.pth'));
    const path = join(folder, 'cut.pth');
    for (const length of [4, 100, 3000, bytes.length - 30, bytes.length - 1]) {
      await writeFile(path, bytes.subarray(0, length));
      await expect(openTorch(path), `${length} bytes`).rejects.toThrow(/cut\.pth: cut short or damaged/);
    }
  });

  it('changed anywhere ends in tensors or a UserError', async () => {
    const bytes = await readFile(fixture('checkpoint.pth'));
    const path = join(folder, 'changed.pth');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (position, value) => {
        const changed = Uint8Array.from(bytes);
        changed[position] = value;
        await writeFile(path, changed);
        try {
          const source = await openTorch(path);
          try {
            for (const name of source.names) await source.read(name);
          } finally {
            await source.close();
          }
        } catch (error) {
          expect((error as Error).name, `byte ${position} = ${value}: ${String(error)}`).toBe('UserError');
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('openWeights', () => {
  it('tells the form by the content', async () => {
    const path = join(folder, 'model.bin');
    await copyFile(fixture('state.pth'), path);
    const torch = await openWeights(path);
    expect(torch.names).toContain('transposed');
    await torch.close();
    const tensors = new Map([
      ['module.a', float32Tensor([1], [1])],
      ['module.b', float32Tensor([1], [2])],
    ]);
    await writeFile(path, encodeSafetensors(tensors));
    const safetensors = await openWeights(path);
    expect(safetensors.names).toEqual(['a', 'b']);
    expect(await safetensors.read('b')).toEqual(float32Tensor([1], [2]));
    expect(safetensors.shape('a')).toEqual([1]);
    await safetensors.close();
  });

  it('finds the weights of a model folder', async () => {
    await expect(openWeights(folder)).rejects.toThrow('a folder without weights; expected one of model.safetensors');
    const path = join(folder, 'pytorch_model.bin');
    await copyFile(fixture('checkpoint.pth'), path);
    const source = await openWeights(folder);
    expect(source.source).toBe(path);
    await source.close();
    await rm(path);
  });

  it.each([
    ['version https://git-lfs.github.com/spec/v1\n', 'a pointer of Git LFS'],
    ['<!DOCTYPE html><html>', 'a web page'],
    ['\u001f\u008b\u0008', 'packed with gzip'],
    ['GIF89a', 'neither safetensors nor'],
    ['', 'neither safetensors nor'],
  ])('says what %j is', async (content, message) => {
    const path = join(folder, 'what.pth');
    await writeFile(path, content, 'latin1');
    await expect(openWeights(path)).rejects.toThrow(message);
    await expect(openWeights(join(folder, 'gone.pth'))).rejects.toThrow('there is no such file');
  });
});

describe('strided windows', () => {
  it('are copied into row-major order', () => {
    const shapes = fc.array(fc.record({ size: fc.nat(4), stride: fc.nat(5) }), { maxLength: 4 });
    fc.assert(
      fc.property(shapes, (axes) => {
        const shape = axes.map(({ size }) => size);
        const strides = axes.map(({ stride }) => stride);
        const from = Float32Array.from({ length: 100 }, (_, index) => index);
        const count = shape.reduce((product, size) => product * size, 1);
        const to = new Float32Array(count);
        copyStrided(from, to, shape, strides);
        const want: number[] = [];
        const visit = (axis: number, position: number): void => {
          if (axis === shape.length) want.push(position);
          else for (let index = 0; index < shape[axis]; index++) visit(axis + 1, position + index * strides[axis]);
        };
        visit(0, 0);
        expect([...to]).toEqual(want);
        if (isContiguous(shape, strides)) expect(want).toEqual(want.map((_, index) => index));
      }),
    );
  });
});
