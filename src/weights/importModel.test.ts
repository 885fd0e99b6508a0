import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32Tensor, readSafetensors, type Tensor } from '../tensors/index.js';
import { importModel } from './importModel.js';
import { saveSafetensors } from './safetensorsFile.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/weights/import/${name}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
/** A new folder with weights of the fixtures and the settings given beside them; and a free name for the result. */
async function published(weights: string, files: Readonly<Record<string, unknown>>) {
  count += 1;
  const own = join(folder, String(count));
  await mkdir(own);
  const file = join(own, 'model.safetensors');
  await copyFile(fixture(weights), file);
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(own, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return { file, out: join(own, 'out'), own };
}

describe('a Swin v2 with a config.json', () => {
  const settings = { image_size: 64, window_size: 8, pretrained_window_sizes: [6, 6, 6, 3], hidden_act: 'gelu' };
  const importIt = async (config: unknown, over?: Record<string, unknown>) => {
    const { file, out } = await published('hf-swin-v2.safetensors', { 'config.json': config });
    return importModel(file, out, { as: 'swin-v2', preset: 'nano', ...(over ? { config: { trunk: over } } : {}) });
  };

  it('has the windows and the scales that it was fine-tuned from', async () => {
    const { model, assumptions, plan, initialised } = await importIt(settings);
    expect(plan.missing.filter((name) => !/^backbone\.norm\d\./.test(name))).toEqual([]);
    expect(initialised).toContain('backbone.layers.0.fusion.vis_project.0.weight');
    expect(model.config.trunk).toMatchObject({ window: 8, madeForPx: 64, pretrainedWindow: [6, 6, 6, 3] });
    expect(assumptions).toEqual([]);
    const own = await importIt({ ...settings, pretrained_window_sizes: [0, 0, 0, 0], image_size: [64, 64] });
    expect(own.model.config.trunk).toMatchObject({ window: 8, madeForPx: 64 });
    expect(own.model.config.trunk).not.toHaveProperty('pretrainedWindow');
    const alike = await importIt({ ...settings, pretrained_window_sizes: [6, 6, 6, 6] });
    expect(alike.model.config.trunk).toMatchObject({ pretrainedWindow: 6 });
  });

  it('keeps the scale of its own window under another that the caller sets, and says so', async () => {
    const { model, assumptions } = await importIt({ window_size: 8, image_size: 64 }, { window: 3 });
    expect(model.config.trunk).toMatchObject({ window: 3, pretrainedWindow: [8, 8, 4, 2] });
    expect(assumptions).toEqual([
      "position offsets on the scale of the file's own window, 8-8-4-2 (--config sets trunk.pretrainedWindow)",
    ]);
    const set = await importIt({ window_size: 8, image_size: 64 }, { window: 3, pretrainedWindow: 3 });
    expect(set.model.config.trunk).toMatchObject({ window: 3, pretrainedWindow: 3 });
    expect(set.assumptions).toEqual([]);
  });

  it('says what nothing tells, and takes a window that the caller sets then for its own', async () => {
    const { assumptions } = await importIt({});
    expect(assumptions.map((text) => /sets ([\w.]+)/.exec(text)?.[1])).toEqual(['trunk.window', 'trunk.madeForPx']);
    const told = await importIt({}, { window: 5, madeForPx: 64 });
    expect(told.model.config.trunk).toMatchObject({ window: 5, madeForPx: 64 });
    expect(told.model.config.trunk).not.toHaveProperty('pretrainedWindow');
    expect(told.assumptions).toEqual([]);
  });

  it('is refused where the file cannot be read or says what no Swin here can do', async () => {
    await expect(importIt({ window_size: '8' })).rejects.toThrow(/config\.json: window_size: .*expected number/);
    await expect(importIt({ hidden_act: 'relu' })).rejects.toThrow('config.json: hidden_act is "relu"');
    await expect(importIt('{')).rejects.toThrow('config.json: is no JSON');
  });
});

describe('a BERT with settings beside it', () => {
  const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'The', 'the', ...Array.from({ length: 34 }, (_, i) => `w${i}`)];
  const importIt = async (config: unknown, tokenizer: unknown = {}) => {
    const files = { 'config.json': config, 'vocab.txt': words.join('\n'), 'tokenizer_config.json': tokenizer };
    const { file, out } = await published('hf-bert.safetensors', files);
    return { report: await importModel(file, out, { as: 'bert', preset: 'nano' }), out };
  };

  it('keeps its norms and its casing', async () => {
    const cased = await importIt({ num_attention_heads: 2, layer_norm_eps: 1e-5 }, { do_lower_case: false });
    expect(cased.report.model.config.text).toMatchObject({ heads: 2, layerNormEps: 1e-5 });
    const { loadCheckpoint } = await import('./checkpoint.js');
    expect((await loadCheckpoint(cased.out)).tokenizer.tokens('The the')).toEqual(['The', 'the']);
    const usual = await importIt({ num_attention_heads: 2, layer_norm_eps: 1e-12 });
    expect(usual.report.model.config.text).not.toHaveProperty('layerNormEps');
    expect((await loadCheckpoint(usual.out)).tokenizer.tokens('The the')).toEqual(['the', 'the']);
    // As in transformers, tokenizer_config.json goes over what a tokenizer.json beside it says.
    const { tokenizerFromVocabulary, tokenizerToJson } = await import('../text/index.js');
    const { file, out } = await published('hf-bert.safetensors', {
      'tokenizer.json': tokenizerToJson(tokenizerFromVocabulary(words)),
      'tokenizer_config.json': { do_lower_case: false },
    });
    await importModel(file, out, { as: 'bert', preset: 'nano' });
    expect((await loadCheckpoint(out)).tokenizer.tokens('The the')).toEqual(['The', 'the']);
  });

  it('is refused where they change its results in a way that no text encoder here can follow', async () => {
    await expect(importIt({ hidden_act: 'gelu_new' })).rejects.toThrow('config.json: hidden_act is "gelu_new"');
    await expect(importIt({ model_type: 'xlm-roberta' })).rejects.toThrow('model_type is "xlm-roberta", a RoBERTa');
    await expect(importIt({ position_embedding_type: 'relative_key' })).rejects.toThrow('position_embedding_type');
    await expect(importIt({}, { do_lower_case: 'no' })).rejects.toThrow('tokenizer_config.json: do_lower_case');
  });
});

describe('a file that is broken or tells too little', () => {
  const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', ...Array.from({ length: 36 }, (_, index) => `w${index}`)];
  const altered = async (change: (name: string, tensor: Tensor) => Tensor) => {
    const { tensors } = readSafetensors(await readFile(fixture('hf-bert.safetensors')));
    const { file, out } = await published('hf-bert.safetensors', { 'vocab.txt': words.join('\n') });
    await saveSafetensors(file, new Map([...tensors].map(([name, tensor]) => [name, change(name, tensor)])));
    return { file, out };
  };

  it('with values that are no numbers is imported, and the report says where', async () => {
    const query = 'encoder.layer.1.attention.self.query.weight';
    const { file, out } = await altered((name, tensor) =>
      name === query ? float32Tensor(tensor.shape, new Float32Array(64).fill(Number.NaN, 0, 3)) : tensor,
    );
    const { nonFinite } = await importModel(file, out, { as: 'bert', preset: 'nano' });
    expect(nonFinite).toEqual([{ target: `text_encoder.${query}`, count: 3 }]);
  });

  it.each([
    ['I8', new Int8Array(64)],
    ['I64', new BigInt64Array(64)],
    ['BOOL', new Uint8Array(64)],
    ['C64', new Float32Array(128)],
  ] as const)('whose weights are of type %s is refused by its name', async (dtype, data) => {
    const query = 'encoder.layer.1.attention.self.query.weight';
    const { file, out } = await altered((name, tensor) =>
      name === query ? ({ dtype, shape: tensor.shape, data } as Tensor) : tensor,
    );
    await expect(importModel(file, out, { as: 'bert', preset: 'nano' })).rejects.toThrow(
      `${file}: ${query} is of type ${dtype}; expected floating-point numbers`,
    );
  });

  it('whose word table is no matrix is refused by its name', async () => {
    const table = 'embeddings.word_embeddings.weight';
    const { file, out } = await altered((name, tensor) =>
      name === table ? float32Tensor([], Float32Array.of(1)) : tensor,
    );
    await expect(importModel(file, out, { as: 'bert' })).rejects.toThrow(
      `${table} has the shape [], expected a matrix with values`,
    );
  });

  it('of a width that the usual heads do not divide asks for them', async () => {
    const wide = (shape: readonly number[]): number[] => shape.map((size) => (size === 8 ? 132 : size));
    const { file, out } = await altered((_, { shape }) =>
      float32Tensor(wide(shape), new Float32Array(wide(shape).reduce((product, size) => product * size, 1))),
    );
    await expect(importModel(file, out, { as: 'bert', preset: 'nano' })).resolves.toBeDefined();
    const odd = (shape: readonly number[]): number[] => shape.map((size) => (size === 8 ? 200 : size));
    const other = await altered((_, { shape }) =>
      float32Tensor(odd(shape), new Float32Array(odd(shape).reduce((product, size) => product * size, 1))),
    );
    const options = { as: 'bert', preset: 'nano' } as const;
    await expect(importModel(other.file, other.out, options)).rejects.toThrow(
      'a text encoder of width 200, whose weights do not tell its heads, and 3 do not divide it: set text.heads by --config',
    );
    const set = await importModel(other.file, other.out, { ...options, config: { text: { heads: 5 } } });
    expect(set.model.config.text.heads).toBe(5);
  });
});
