import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { floatTensor, initialise } from '../engine/index.js';
import { buildModel, createModel, type ModelConfig } from '../models/index.js';
import { float32Tensor, readSafetensors, type Tensor } from '../tensors/index.js';
import { type FloatTensor, loadCheckpoint, loadConfig, loadInitialWeights, saveSafetensors } from '../weights/index.js';
import { modelImportCommand } from './modelImport.js';
import { runForTest } from './testIo.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/weights/${name}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-import-'));
  const words = Array.from({ length: 36 }, (_, index) => `w${index}`);
  await writeFile(join(folder, 'vocab.txt'), `[PAD]\n[UNK]\n[CLS]\n[SEP]\n${words.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...words: string[]) =>
  runForTest([modelImportCommand], ['model', 'import', ...words], { workingFolder: folder });

interface Report {
  readonly format: string;
  readonly used: { target: string; from: string[] }[];
  readonly resized: { target: string }[];
  readonly missing: string[];
  readonly leftover: string[];
  readonly initialised: string[];
  readonly config: ModelConfig;
}

describe('refersat model import', () => {
  it.each([
    ['import/hf-swin.pth', 'swin', 'swin'],
    ['import/torchvision-swin.safetensors', 'swin', 'swin'],
    ['import/torchvision-swin-v2.safetensors', 'swin-v2', 'swin-v2'],
  ])('makes %s the trunk of a model that training starts from', async (file, as, kind) => {
    const out = file.replace(/\W/g, '-');
    const settings = join(folder, `${out}.json`);
    await writeFile(settings, as === 'swin-v2' ? '{"trunk": {"window": 2}}' : '{}');
    const { code, stdout, stderr } = await run(
      fixture(file),
      '--as',
      as,
      '--out',
      out,
      '--preset',
      'nano',
      '--model',
      'mrsnet',
      '--config',
      settings,
      '--json',
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as Report;
    expect(report.config.trunk).toMatchObject({ kind, width: 4, depths: [1, 2, 1, 1], heads: [1, 1, 2, 2], window: 2 });
    expect(report.config).toMatchObject({ model: 'mrsnet', pixels: as === 'swin-v2' ? 'unit' : 'imagenet' });
    expect(report.used.length).toBeGreaterThan(50);
    expect(report.initialised.some((name) => name.startsWith('text_encoder.'))).toBe(true);
    const loaded = await loadInitialWeights(join(folder, out));
    expect(loaded.tokenizer).toBeNull();
    expect(loaded.weights.size).toBe(report.used.length + report.missing.length + report.initialised.length);
    await expect(loadCheckpoint(join(folder, out))).rejects.toThrow('weights for training to start from');
  });

  it('takes a BERT with its vocabulary, and resizes position tables of another window', async () => {
    const file = fixture('import/original-bert.bin');
    const bare = await run(file, '--as', 'bert', '--out', 'bare');
    expect(bare).toMatchObject({ code: 1, stdout: '' });
    expect(bare.stderr).toContain('40 word pieces without its vocabulary: give --vocab');

    await writeFile(join(folder, 'heads.yaml'), 'text: {heads: 2}\n');
    const whole = await run(
      file,
      '--as',
      'bert',
      '--out',
      'bert',
      '--vocab',
      'vocab.txt',
      '--preset',
      'nano',
      '--config',
      'heads.yaml',
    );
    expect(whole.code).toBe(0);
    expect(whole.stdout).toMatch(/left over in the file +3\n/);
    expect(whole.stdout).not.toContain('assumed');
    expect(await loadConfig(join(folder, 'bert'))).toMatchObject({
      model: 'lavt',
      trunk: { kind: 'convolutional' },
      text: { vocabularySize: 40, width: 8, layers: 2, heads: 2, hiddenWidth: 16, maxPositions: 16 },
    });
    expect((await loadCheckpoint(join(folder, 'bert'))).tokenizer.vocabulary.size).toBe(40);
    expect(await readFile(join(folder, 'bert', 'README.md'), 'utf8')).toContain('imported by refersat as bert');

    await writeFile(join(folder, 'window.json'), '{"trunk": {"window": 3}}');
    const swin = fixture('import/hf-swin.safetensors');
    const wider = await run(
      swin,
      '--as',
      'swin',
      '--out',
      'wider',
      '--preset',
      'nano',
      '--config',
      'window.json',
      '--json',
    );
    expect((JSON.parse(wider.stdout) as Report).resized.map(({ target }) => target)).toHaveLength(5);
  });

  it('warns of values that are no numbers', async () => {
    const { tensors } = readSafetensors(await readFile(fixture('import/hf-swin.safetensors')));
    const [name] = [...tensors.keys()].filter((key) => key.endsWith('projection.bias'));
    tensors.set(name, float32Tensor([4], Float32Array.of(0, Number.NaN, Number.POSITIVE_INFINITY, 1)));
    await saveSafetensors(join(folder, 'nan.safetensors'), tensors);
    const { code, stderr } = await run('nan.safetensors', '--as', 'swin', '--out', 'nan', '--preset', 'nano');
    expect(code).toBe(0);
    expect(stderr).toBe(
      'warning: nan.safetensors is broken: values that are NaN or infinite in backbone.patch_embed.proj.bias (2); a model with them answers nothing, take another file\n',
    );
  });

  it('takes a whole LAVT under the names of its release', async () => {
    const { config } = createModel({
      model: 'lavt',
      imageSizePx: 480,
      noTarget: false,
      trunk: {
        kind: 'swin',
        width: 4,
        depths: [1, 1, 1, 1],
        heads: [1, 1, 1, 1],
        window: 2,
        mlpRatio: 2,
        dropPath: 0.3,
        unshiftedInOneWindow: false,
      },
      text: { vocabularySize: 40, width: 64, layers: 1, heads: 1, hiddenWidth: 16, maxPositions: 24, dropout: 0.1 },
      decoder: { norm: 'batch' },
    });
    const { declared } = buildModel(createModel(config), { batch: 1, training: false });
    const tensors = new Map<string, Tensor>();
    const weights = new Map<string, FloatTensor>();
    for (const { name, shape, initialiser } of [...declared.parameters.values(), ...declared.buffers.values()]) {
      const data = initialise(initialiser, shape, 9, name);
      weights.set(name, floatTensor(data, shape) as FloatTensor);
      tensors.set(`module.${name}`, float32Tensor(shape, data));
    }
    await saveSafetensors(join(folder, 'release.safetensors'), tensors);
    const { code, stderr } = await run('release.safetensors', '--as', 'lavt', '--out', 'lavt');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const loaded = await loadCheckpoint(join(folder, 'lavt'));
    const { preset: _preset, hfim: _hfim, ...expected } = config;
    expect(loaded.model.config).toMatchObject(JSON.parse(JSON.stringify(expected)) as object);
    for (const [name, { data }] of weights) expect(loaded.weights.get(name)?.data, name).toEqual(data);
  });

  it('names tensor and shapes of what does not fit, and writes nothing', async () => {
    await writeFile(join(folder, 'wide.json'), '{"trunk": {"width": 8}}');
    const wrong = await run(
      fixture('import/hf-swin.safetensors'),
      '--as',
      'swin',
      '--out',
      'wrong',
      '--preset',
      'nano',
      '--config',
      'wide.json',
    );
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(
      'backbone.patch_embed.proj.weight: the model has [8, 3, 4, 4], the file [4, 3, 4, 4]',
    );
    await expect(readFile(join(folder, 'wrong', 'config.json'))).rejects.toThrow('ENOENT');
    const legacy = await run(fixture('legacy.pth'), '--as', 'swin', '--out', 'legacy');
    expect(legacy.code).toBe(1);
    expect(legacy.stderr).toContain('torch.save');
    await writeFile(join(folder, 'bad.json'), '{bad');
    const swin = fixture('import/hf-swin.safetensors');
    const bad = await run(swin, '--as', 'swin', '--out', 'bad', '--config', 'bad.json');
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/bad\.json: is neither JSON nor YAML: /);
    const placed = await run(swin, '--as', 'swin', '--out', 'vocab.txt/swin', '--preset', 'nano');
    expect([placed.code, placed.stderr]).toEqual([
      1,
      expect.stringMatching(/vocab\.txt\/swin: cannot be written \(ENOTDIR: .*\. Name another place\n$/),
    ]);
    const taken = await run(swin, '--as', 'swin', '--out', 'vocab.txt', '--preset', 'nano');
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('vocab.txt: exists already')]);
    const signal = AbortSignal.abort(new Error('stopped by Ctrl-C'));
    const words = ['model', 'import', swin, '--as', 'swin', '--out', 'stopped', '--preset', 'nano'];
    expect(await runForTest([modelImportCommand], words, { workingFolder: folder, signal })).toMatchObject({
      code: 130,
    });
    expect((await readdir(folder)).filter((name) => name.includes('stopped'))).toEqual([]);
    const other = await run(fixture('import/hf-bert.safetensors'), '--as', 'swin', '--out', 'other');
    expect(other.stderr).toContain('no Swin in it');
    expect((await run('x', '--as', 'vgg', '--out', 'y')).code).toBe(2);
  });
});
