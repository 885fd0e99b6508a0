import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import protobuf from 'protobufjs/minimal.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { floatTensor, type HostTensor, initialise } from '../engine/index.js';
import { buildModel, createModel } from '../models/index.js';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import { buildVocabulary, countWords } from '../text/index.js';
import {
  drawProbes,
  exportOnnx,
  exportSafetensors,
  type FloatTensor,
  feedsOf,
  loadCheckpoint,
  logitsOf,
  openWeights,
  saveCheckpoint,
} from '../weights/index.js';
import { modelExportCommand } from './modelExport.js';
import { modelShrinkCommand } from './modelShrink.js';
import { runForTest } from './testIo.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-export-'));
  const sentences = ['the red car', 'the large ship near the pier'];
  const tokenizer = buildVocabulary(sentences);
  const text = {
    vocabularySize: tokenizer.vocabulary.size,
    width: 32,
    layers: 1,
    heads: 2,
    hiddenWidth: 64,
    maxPositions: 24,
    dropout: 0,
  };
  const model = createModel({
    model: 'mrsnet',
    imageSizePx: 64,
    text,
    trunk: {
      kind: 'swin',
      width: 16,
      depths: [1, 1, 2, 1],
      heads: [1, 2, 4, 8],
      window: 4,
      mlpRatio: 2,
      dropPath: 0,
      unshiftedInOneWindow: false,
    },
    decoder: { width: 16, norm: 'batch' },
    hfim: { width: 32, layers: 1, heads: 2, grid: 2 },
  });
  const { declared } = buildModel(model, { batch: 1, training: false });
  const weights = new Map<string, FloatTensor>();
  for (const { name, shape, initialiser } of [...declared.parameters.values(), ...declared.buffers.values()]) {
    weights.set(name, floatTensor(initialise(initialiser, shape, 3, name), shape) as FloatTensor);
  }
  await saveCheckpoint(join(folder, 'mine'), {
    model,
    weights,
    tokenizer,
    seenWords: countWords(tokenizer, sentences),
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...words: string[]) =>
  runForTest([modelExportCommand, modelShrinkCommand], ['model', ...words], { workingFolder: folder });

/** Key and value pairs of a ModelProto (field 14). */
async function metadataOf(file: string): Promise<Map<string, string>> {
  const reader = protobuf.Reader.create(await readFile(join(folder, file)));
  const found = new Map<string, string>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 !== 14) {
      reader.skipType(tag & 7);
      continue;
    }
    const end = reader.uint32() + reader.pos;
    const pair = ['', ''];
    while (reader.pos < end) pair[(reader.uint32() >>> 3) - 1] = reader.string();
    found.set(pair[0], pair[1]);
  }
  return found;
}

const toOrt = (feeds: Record<string, HostTensor>): Record<string, ort.Tensor> =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, shape }]) => [
      name,
      new ort.Tensor(type as 'float32', data as Float32Array, [...shape]),
    ]),
  );

describe('refersat model export', () => {
  it.each([
    ['float32', [], 1e-4, 1.2],
    ['beside', ['--external'], 1e-4, 1.2],
    ['half', ['--half'], 0.02, 0.75],
    ['int8', ['--int8'], 0.2, 0.55],
    ['int8-beside', ['--int8', '--external'], 0.2, 0.55],
  ] as const)('writes an ONNX file that onnxruntime runs by itself: %s', async (name, flags, tolerance, share) => {
    const file = `${name}.onnx`;
    const { code, stdout, stderr } = await run('export', './mine', '--to', 'onnx', '--out', file, '--json', ...flags);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { files: string[]; bytes: number; deviation: { largest: number } };
    expect(report.files).toHaveLength(name.includes('beside') ? 2 : 1);
    const stored = await stat(join(folder, 'mine', 'model.safetensors'));
    // A graph of this tiny model weighs as much as some of its weights.
    const graphBytes = name.includes('beside') ? (await stat(join(folder, file))).size : 3e5;
    expect(report.bytes - graphBytes).toBeLessThan(share * stored.size);

    const checkpoint = await loadCheckpoint(join(folder, 'mine'));
    const probes = drawProbes(checkpoint.model, checkpoint, 1, 7);
    const [want] = await logitsOf(checkpoint.model, new Map(checkpoint.weights), probes, { runtime: onnxruntimeNode });
    const session = await ort.InferenceSession.create(join(folder, file));
    const results = await session.run(toOrt(feedsOf(checkpoint.model, probes[0])));
    expect(Object.keys(results).sort()).toEqual(['exists', 'logits']);
    const got = results.logits.data as Float32Array;
    const spread = Math.max(...want) - Math.min(...want);
    expect(Math.max(...want.map((value, index) => Math.abs(value - got[index]))) / spread).toBeLessThan(tolerance);
    await session.release();
    if (flags.length > 0 && name !== 'beside') expect(report.deviation.largest).toBeGreaterThan(0);
    const metadata = await metadataOf(file);
    expect(JSON.parse(metadata.get('refersat.config')!)).toMatchObject({ model: 'mrsnet', imageSizePx: 64 });
    expect(JSON.parse(metadata.get('refersat.normalisation')!)).toMatchObject({ mean: [0.485, 0.456, 0.406] });
  });

  it('bakes a sentence into a picture-to-mask model with the keys that Deepness reads', async () => {
    const words = ['--sentence', 'the red harbour', '--gsd', '0.5', '--size', '96', '--json'];
    const { code, stdout, stderr } = await run('export', './mine', '--to', 'onnx', '--out', 'ship.onnx', ...words);
    expect(code).toBe(0);
    expect(stderr).toContain('never trained on harbour');
    expect(JSON.parse(stdout)).toMatchObject({
      inputs: { image: [1, 3, 96, 96] },
      outputs: { classes: [1, 2, 96, 96] },
    });
    const metadata = await metadataOf('ship.onnx');
    const value = (key: string): unknown => JSON.parse(metadata.get(key)!);
    expect(value('model_type')).toBe('Segmentor');
    expect(value('class_names')).toEqual({ 0: 'background', 1: 'the red harbour' });
    expect(value('resolution')).toBe(50);
    expect(value('tiles_size')).toBe(96);
    expect(value('tiles_overlap')).toBeTypeOf('number');
    expect(value('seg_thresh')).toBe(0.5);
    expect(value('seg_small_segment')).toBeTypeOf('number');
    // Mean and deviation are in the graph: whoever feeds it has nothing to do.
    expect(value('refersat.normalisation')).toEqual({
      pixels: 'RGB from 0 to 1',
      mean: [0, 0, 0],
      deviation: [1, 1, 1],
    });

    const session = await ort.InferenceSession.create(join(folder, 'ship.onnx'));
    expect(session.inputNames).toEqual(['image']);
    expect(session.outputNames).toEqual(['classes']);
    const picture = Float32Array.from({ length: 3 * 96 * 96 }, (_, index) => 0.5 + 0.5 * Math.sin(index * 0.01));
    const { classes } = await session.run({ image: new ort.Tensor('float32', picture, [1, 3, 96, 96]) });
    const shares = classes.data as Float32Array;
    for (let pixel = 0; pixel < 96 * 96; pixel += 97) expect(shares[pixel] + shares[96 * 96 + pixel]).toBeCloseTo(1, 5);
    await session.release();

    const said = await run('export', './mine', '--to', 'onnx', '--out', 'car.onnx', '--sentence', 'the red car');
    expect(said.stderr).toContain('--gsd sets another');
    expect(said.stdout).toContain('takes image [1, 3, 64, 64], RGB from 0 to 1');
  });

  it('keeps every file of a model that is too large for one below the limit, and leaves no temporary ones', async () => {
    const checkpoint = await loadCheckpoint(join(folder, 'mine'));
    const own = join(folder, 'large');
    await mkdir(own);
    const report = await exportOnnx(checkpoint, join(own, 'large.onnx'), {
      as: 'half',
      mostBytesInside: 1000,
      runtime: onnxruntimeNode,
    });
    expect((await readdir(own)).sort()).toEqual(['large.onnx', 'large.onnx.data']);
    expect(report.deviation!.largest).toBeGreaterThan(0);
    expect(report.deviation!.largest).toBeLessThan(0.05);
  });

  it('keeps an older file where the new one would give what is not a number, and names the cause', async () => {
    const checkpoint = await loadCheckpoint(join(folder, 'mine'));
    const broken = (name: string, value: number) => {
      const weights = new Map(checkpoint.weights);
      const { shape, data } = weights.get(name)!;
      weights.set(name, floatTensor(new Float32Array(data.length).fill(value), shape) as FloatTensor);
      return { ...checkpoint, weights };
    };
    // A ReLU behind it gives numbers again.
    const nan = broken('classifier.conv1_2.weight', Number.NaN);
    const huge = broken('classifier.conv1_1.weight', 3e38);
    const own = join(folder, 'sound');
    const path = join(own, 'sound.onnx');
    const external = { external: true, runtime: onnxruntimeNode };
    await exportOnnx(checkpoint, path, external);
    const contents = () =>
      Promise.all(['', '.data'].map(async (end) => (await readFile(path + end)).toString('latin1')));
    const before = await contents();
    await expect(exportOnnx(nan, path, external)).rejects.toThrow(
      /mine: the model itself is broken, .* NaN or infinite values in classifier\.conv1_2\.weight .*; take another checkpoint/,
    );
    await expect(exportOnnx(huge, path, external)).rejects.toThrow('the model itself gives what is not a number');
    await expect(exportOnnx(nan, path, { as: 'half', runtime: onnxruntimeNode })).rejects.toThrow('the model itself');
    await expect(exportOnnx(nan, join(own, 'new.onnx'), external)).rejects.toThrow('nothing was written');
    expect(await contents()).toEqual(before);
    const bare = join(own, 'bare.safetensors');
    for (const as of ['int8', undefined] as const) {
      await expect(exportSafetensors(nan, bare, { as, runtime: onnxruntimeNode })).rejects.toThrow('itself');
    }
    expect((await readdir(own)).sort()).toEqual(['sound.onnx', 'sound.onnx.data']);
  });

  it('refuses the name of a folder before it writes anything', async () => {
    const taken = join(folder, 'taken');
    await mkdir(join(taken, 'mine.onnx'), { recursive: true });
    await mkdir(join(taken, 'other.onnx.data'));
    for (const file of ['mine.onnx', 'other.onnx']) {
      const { code, stderr } = await run('export', './mine', '--to', 'onnx', '--external', '--out', `taken/${file}`);
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/taken\/.*: is a folder, where a file is to be written/),
      ]);
    }
    const bare = await run('export', './mine', '--to', 'safetensors', '--out', 'taken');
    expect([bare.code, bare.stderr]).toEqual([1, expect.stringContaining('taken: is a folder')]);
    expect((await readdir(taken)).sort()).toEqual(['mine.onnx', 'other.onnx.data']);
  });

  it.each([
    ['export', './mine', '--to', 'onnx'],
    ['export', './mine', '--to', 'onnx', '--external'],
    ['export', './mine', '--to', 'safetensors'],
    ['shrink', './mine'],
  ])('says what cannot be written where a file has the name of a folder: %j', async (...words) => {
    const { code, stderr } = await run(...words, '--out', 'mine/config.json/new');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^refersat: \/.*mine\/config\.json\/new: cannot be written \(ENOTDIR: .*\. Name another place\n$/,
      ),
    ]);
    expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it.each([
    ['export', './mine', '--to', 'onnx', '--out', 'stopped'],
    ['export', './mine', '--to', 'safetensors', '--out', 'stopped'],
    ['shrink', './mine', '--out', 'stopped'],
  ])('stops at Ctrl-C and leaves nothing: %j', async (...words) => {
    const signal = AbortSignal.abort(new Error('stopped by Ctrl-C'));
    const definitions = [modelExportCommand, modelShrinkCommand];
    const run = await runForTest(definitions, ['model', ...words], { workingFolder: folder, signal });
    expect(run).toEqual({ code: 130, stdout: '', stderr: 'stopped\n' });
    expect((await readdir(folder)).filter((name) => name.includes('stopped'))).toEqual([]);
  });

  it('makes the folder of its files, and removes weights beside them that no graph names any more', async () => {
    const exportIt = (...flags: string[]) =>
      run('export', './mine', '--to', 'onnx', '--out', 'new/deep/mine.onnx', ...flags);
    const own = join(folder, 'new', 'deep');
    expect((await exportIt('--external')).code).toBe(0);
    expect((await readdir(own)).sort()).toEqual(['mine.onnx', 'mine.onnx.data']);
    expect((await exportIt()).code).toBe(0);
    expect(await readdir(own)).toEqual(['mine.onnx']);
    // Someone else's: the graph that is replaced does not name it.
    await writeFile(join(own, 'mine.onnx.data'), 'mine.onnx.data');
    expect((await exportIt('--half')).code).toBe(0);
    expect((await readdir(own)).sort()).toEqual(['mine.onnx', 'mine.onnx.data']);
  });

  it.each(['--half', '--int8'])('says how far bare weights with %s lie from the model', async (form) => {
    const words = ['export', './mine', '--to', 'safetensors', form, '--out', `bare${form}.safetensors`];
    const told = await run(...words);
    expect(told.stdout).toMatch(
      /safetensors: .*\n {2}logits differ by at most .* are decided alike \(2 drawn pictures\)\n$/,
    );
    const { deviation } = JSON.parse((await run(...words, '--json')).stdout) as { deviation: { largest: number } };
    expect(deviation.largest).toBeGreaterThan(0);
    const plain = await run('export', './mine', '--to', 'safetensors', '--out', 'plain.safetensors', '--json');
    expect(JSON.parse(plain.stdout)).toMatchObject({ deviation: null });
  });

  it('writes bare weights, and a smaller checkpoint', async () => {
    expect((await run('export', './mine', '--to', 'safetensors', '--half', '--out', 'bare.safetensors')).code).toBe(0);
    const source = await openWeights(join(folder, 'bare.safetensors'));
    expect(source.dtype('classifier.conv1_2.weight')).toBe('F16');
    await source.close();
    const shrunk = await run('shrink', './mine', '--out', 'small');
    expect(shrunk.code).toBe(0);
    expect(shrunk.stdout).toContain('of the pixels are decided alike');
    expect((await loadCheckpoint(join(folder, 'small'))).model.config.model).toBe('mrsnet');
  });

  it('refuses what does not go together', async () => {
    const both = await run('export', './mine', '--to', 'onnx', '--out', 'x', '--half', '--int8');
    expect(both.code).toBe(2);
    expect((await run('export', './mine', '--to', 'safetensors', '--out', 'x', '--sentence', 'a')).code).toBe(2);
    expect((await run('export', './mine', '--to', 'onnx', '--out', 'x', '--size', '50')).code).toBe(2);
    const gsd = await run('export', './mine', '--to', 'onnx', '--out', 'x', '--gsd', '0.5');
    expect(gsd).toMatchObject({ code: 2, stderr: expect.stringContaining('--gsd') as string });
    for (const sentence of ['', '   ', '\u200b']) {
      const empty = await run('export', './mine', '--to', 'onnx', '--out', 'x', '--sentence', sentence);
      expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('the sentence is empty') as string });
    }
    const checkpoint = await loadCheckpoint(join(folder, 'mine'));
    await expect(exportOnnx(checkpoint, join(folder, 'x'), { sentence: '\u200b' })).rejects.toThrow('is empty');
    expect((await run('export', './none', '--to', 'onnx', '--out', 'x')).code).toBe(1);
  });
});
