import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { floatTensor, initialise } from '../engine/index.js';
import { buildModel, createModel } from '../models/index.js';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import { buildVocabulary, countWords } from '../text/index.js';
import { type FloatTensor, loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { compareLogits } from './deviation.js';
import { shrinkCheckpoint } from './shrinkCheckpoint.js';

let folder: string;
let original: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-shrink-'));
  original = join(folder, 'original');
  const sentences = ['the red car', 'the large ship near the pier'];
  const tokenizer = buildVocabulary(sentences);
  const base = createModel({ model: 'mrsnet', imageSizePx: 64 });
  const model = createModel({
    ...base.config,
    text: { ...base.config.text, vocabularySize: tokenizer.vocabulary.size },
  });
  const { declared } = buildModel(model, { batch: 1, training: false });
  const weights = new Map<string, FloatTensor>();
  for (const { name, shape, initialiser } of [...declared.parameters.values(), ...declared.buffers.values()]) {
    weights.set(name, floatTensor(initialise(initialiser, shape, 3, name), shape) as FloatTensor);
  }
  const seenWords = countWords(tokenizer, sentences);
  await saveCheckpoint(
    original,
    { model, weights, tokenizer, seenWords },
    { card: '---\nlicense: apache-2.0\n---\n\n# Mine\n' },
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('shrinkCheckpoint', () => {
  it.each([
    ['int8', 0.27],
    ['half', 0.51],
  ] as const)('%s is smaller, loads like the original and answers nearly alike', async (as, share) => {
    const out = join(folder, as);
    const { bytes, bytesBefore, deviation } = await shrinkCheckpoint(original, out, { as, runtime: onnxruntimeNode });
    expect(bytes / bytesBefore).toBeLessThan(share);
    const [low, high] = deviation!.range;
    expect(deviation!.largest).toBeGreaterThan(0);
    expect(deviation!.largest / (high - low)).toBeLessThan(as === 'int8' ? 0.1 : 0.005);
    expect(deviation!.agreement).toBeGreaterThan(0.9);
    const [before, after] = [await loadCheckpoint(original), await loadCheckpoint(out)];
    expect([...after.weights.keys()].sort()).toEqual([...before.weights.keys()].sort());
    expect(after.seenWords).toEqual(before.seenWords);
    const card = await readFile(join(out, 'README.md'), 'utf8');
    expect(card.startsWith('---\nlicense: apache-2.0\n---\n')).toBe(true);
    expect(card).toContain('Largest difference of a logit');
  });

  it.each([
    [
      Number.NaN,
      /broken: the model itself is broken: NaN or infinite values in classifier\.\S+ .*; take another checkpoint$/,
    ],
    [3e38, /broken: the model itself gives what is not a number, so nothing was written/],
  ])('refuses a model whose weights are %d, and so does loading it where they are none', async (value, message) => {
    const broken = join(folder, 'broken');
    const { weights, ...rest } = await loadCheckpoint(original);
    const spoilt = [...weights].map(([name, { shape, data }]): [string, FloatTensor] => {
      const isSpoilt = /^classifier\..*conv.*weight$/.test(name);
      return [name, floatTensor(isSpoilt ? data.map(() => value) : data, shape) as FloatTensor];
    });
    await saveCheckpoint(broken, { ...rest, weights: new Map(spoilt) });
    const out = join(folder, 'none');
    await expect(shrinkCheckpoint(broken, out, { as: 'int8', runtime: onnxruntimeNode })).rejects.toThrow(message);
    await expect(stat(out)).rejects.toThrow('ENOENT');
    if (Number.isNaN(value)) await expect(loadCheckpoint(broken)).rejects.toThrow(message);
  });

  it('does not write over a folder or a file', async () => {
    await writeFile(join(folder, 'file'), 'mine');
    await expect(shrinkCheckpoint(original, join(folder, 'file'), { as: 'int8' })).rejects.toThrow('exists already');
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('mine');
    await expect(shrinkCheckpoint(original, original, { as: 'int8' })).rejects.toThrow('exists already');
    expect((await loadCheckpoint(original)).weights.size).toBeGreaterThan(0);
  });
});

describe('compareLogits', () => {
  it('finds the largest difference, and does not take a broken number for a small one', () => {
    const want = [Float32Array.of(0, 1, 2, -1)];
    expect(compareLogits(want, [Float32Array.of(0, 1, 2.5, -1)])).toMatchObject({
      largest: 0.5,
      range: [-1, 2],
      agreement: 1,
    });
    expect(compareLogits(want, [Float32Array.of(0, Number.NaN, 2, -1)]).largest).toBeNaN();
    expect(compareLogits(want, [Float32Array.of(3, 1, 2, -1)]).agreement).toBe(0.5);
  });
});
