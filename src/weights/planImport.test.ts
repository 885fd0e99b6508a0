import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { elementCount, float32Tensor, readSafetensors, type Tensor } from '../tensors/index.js';
import { openWeights } from './openWeights.js';
import { type ImportKind, planImport } from './planImport.js';
import { readAssignment } from './readAssignment.js';
import { resizeRelativePositionTable } from './relativePositionTable.js';
import { findStateDict } from './stateDict.js';
import { sourceInMemory } from './testSource.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../test/fixtures/weights/import/${name}`, import.meta.url));

type Shapes = Map<string, readonly number[]>;

function swinShapes(version: 1 | 2, prefix = '', { width = 4, window = 2, heads = [1, 1, 2, 2] } = {}): Shapes {
  const shapes: Shapes = new Map();
  const put = (name: string, ...shape: number[]): unknown => shapes.set(prefix + name, shape);
  const norm = (name: string, channels: number): void => {
    put(`${name}.weight`, channels);
    put(`${name}.bias`, channels);
  };
  put('patch_embed.proj.weight', width, 3, 4, 4);
  put('patch_embed.proj.bias', width);
  norm('patch_embed.norm', width);
  for (const [stage, depth] of [1, 2, 1, 1].entries()) {
    const c = width * 2 ** stage;
    for (let index = 0; index < depth; index++) {
      const block = `layers.${stage}.blocks.${index}`;
      norm(`${block}.norm1`, c);
      put(`${block}.attn.qkv.weight`, 3 * c, c);
      if (version === 1) {
        put(`${block}.attn.relative_position_bias_table`, (2 * window - 1) ** 2, heads[stage]);
        put(`${block}.attn.qkv.bias`, 3 * c);
      } else {
        put(`${block}.attn.q_bias`, c);
        put(`${block}.attn.v_bias`, c);
        put(`${block}.attn.logit_scale`, heads[stage], 1, 1);
        put(`${block}.attn.cpb_mlp.0.weight`, 512, 2);
        put(`${block}.attn.cpb_mlp.0.bias`, 512);
        put(`${block}.attn.cpb_mlp.2.weight`, heads[stage], 512);
      }
      put(`${block}.attn.proj.weight`, c, c);
      put(`${block}.attn.proj.bias`, c);
      norm(`${block}.norm2`, c);
      put(`${block}.mlp.fc1.weight`, 2 * c, c);
      put(`${block}.mlp.fc1.bias`, 2 * c);
      put(`${block}.mlp.fc2.weight`, c, 2 * c);
      put(`${block}.mlp.fc2.bias`, c);
    }
    if (stage < 3) {
      put(`layers.${stage}.downsample.reduction.weight`, 2 * c, 4 * c);
      norm(`layers.${stage}.downsample.norm`, version === 1 ? 4 * c : 2 * c);
    }
    norm(`norm${stage}`, c);
  }
  return shapes;
}

function bertShapes(prefix = '', { positions = 16 } = {}): Shapes {
  const shapes: Shapes = new Map();
  const put = (name: string, ...shape: number[]): unknown => shapes.set(prefix + name, shape);
  put('embeddings.word_embeddings.weight', 40, 8);
  put('embeddings.position_embeddings.weight', positions, 8);
  put('embeddings.token_type_embeddings.weight', 2, 8);
  const layer = (name: string, out: number, into: number): void => {
    put(`${name}.weight`, out, into);
    put(`${name}.bias`, out);
  };
  const norm = (name: string): void => {
    put(`${name}.weight`, 8);
    put(`${name}.bias`, 8);
  };
  norm('embeddings.LayerNorm');
  for (const index of [0, 1]) {
    const at = `encoder.layer.${index}`;
    for (const part of ['query', 'key', 'value']) layer(`${at}.attention.self.${part}`, 8, 8);
    layer(`${at}.attention.output.dense`, 8, 8);
    norm(`${at}.attention.output.LayerNorm`);
    layer(`${at}.intermediate.dense`, 16, 8);
    layer(`${at}.output.dense`, 8, 16);
    norm(`${at}.output.LayerNorm`);
  }
  return shapes;
}
const zeros = (shapes: Shapes): Map<string, Tensor> =>
  new Map([...shapes].map(([name, shape]) => [name, float32Tensor(shape, new Float32Array(elementCount(shape)))]));

async function importAll(path: string, shapes: Shapes, as: ImportKind) {
  const source = await openWeights(path);
  try {
    const plan = planImport(source, shapes, as);
    const tensors = new Map<string, Tensor>();
    for (const assignment of plan.assignments) tensors.set(assignment.target, await readAssignment(source, assignment));
    return { plan, tensors };
  } finally {
    await source.close();
  }
}
const norms = [0, 1, 2, 3].flatMap((stage) => [`norm${stage}.weight`, `norm${stage}.bias`]);
const values = (tensor: Tensor | undefined): number[] => [...(tensor as Tensor<'F32'>).data];

describe('published Swins', () => {
  it.each([
    ['hf-swin.safetensors', 'swin', 1, "Hugging Face's Swin v1", [], /^(swin\.)?layernorm\./],
    ['hf-swin.pth', 'swin', 1, "Hugging Face's Swin v1", [], /^(swin\.)?layernorm\./],
    ['hf-swin-v2.safetensors', 'swin-v2', 2, "Hugging Face's Swin v2", norms, /^$/],
    [
      'torchvision-swin.safetensors',
      'swin',
      1,
      "torchvision's Swin v1 (SatlasPretrain's too)",
      norms,
      /^(norm|head)\./,
    ],
    [
      'torchvision-swin-v2.safetensors',
      'swin-v2',
      2,
      "torchvision's Swin v2 (SatlasPretrain's too)",
      norms,
      /^(backbone\.backbone\.(norm|head)|fpn)\./,
    ],
  ] as const)('%s gives every parameter of the model', async (file, as, version, format, missing, leftover) => {
    const shapes = swinShapes(version);
    const { plan, tensors } = await importAll(fixture(file), shapes, as);
    expect(plan.format).toBe(format);
    expect([...plan.missing].sort()).toEqual([...missing].sort());
    expect(plan.leftover.filter((name) => !leftover.test(name))).toEqual([]);
    expect(plan.resized).toEqual([]);
    for (const [name, tensor] of tensors) {
      expect(tensor.dtype).toBe('F32');
      expect(tensor.shape, name).toEqual(shapes.get(name));
    }
    // As part of a larger model: the same tensors under its prefix, whose other parts stay out of it.
    const larger = swinShapes(version, 'backbone.').set('classifier.conv.weight', [1]);
    const part = await importAll(fixture(file), larger, as);
    expect(part.plan.missing).not.toContain('classifier.conv.weight');
    for (const [name, tensor] of tensors) expect(part.tensors.get(`backbone.${name}`), name).toEqual(tensor);
  });

  it("of Hugging Face's files and of its models in memory are the same", async () => {
    const [file, memory] = await Promise.all(
      ['hf-swin.safetensors', 'hf-swin.pth'].map((name) => importAll(fixture(name), swinShapes(1), 'swin')),
    );
    expect(memory.tensors).toEqual(file.tensors);
  });

  it('join query, key and value in this order', async () => {
    const { tensors } = await importAll(fixture('hf-swin.safetensors'), swinShapes(1), 'swin');
    const raw = await openWeights(fixture('hf-swin.safetensors'));
    const parts = ['query', 'key', 'value'].map((part) => `encoder.layers.1.blocks.1.attention.self.${part}.weight`);
    const read = async (from: string[], fromShape: number[]): Promise<number[]> =>
      values(await readAssignment(raw, { target: '', from, fromShape, shape: fromShape }));
    const joined = (await Promise.all(parts.map((name) => read([name], [8, 8])))).flat();
    expect(values(tensors.get('layers.1.blocks.1.attn.qkv.weight'))).toEqual(joined);
    await raw.close();
  });

  it("split torchvision's v2 bias, leaving out the key's part", async () => {
    const { tensors } = await importAll(fixture('torchvision-swin-v2.safetensors'), swinShapes(2), 'swin-v2');
    const raw = await openWeights(fixture('torchvision-swin-v2.safetensors'));
    const bias = await readAssignment(raw, {
      target: '',
      from: ['backbone.backbone.features.1.0.attn.qkv.bias'],
      fromShape: [12],
      shape: [12],
    });
    expect(values(tensors.get('layers.0.blocks.0.attn.q_bias'))).toEqual(values(bias).slice(0, 4));
    expect(values(tensors.get('layers.0.blocks.0.attn.v_bias'))).toEqual(values(bias).slice(8));
    await raw.close();
  });

  it("in Microsoft's and timm's names go where they belong", () => {
    const shapes = swinShapes(1);
    const microsoft = planImport(sourceInMemory(zeros(shapes)), shapes, 'swin');
    expect(microsoft.format).toBe("Microsoft's Swin");
    expect(microsoft.assignments.every(({ target, from }) => from.length === 1 && from[0] === target)).toBe(true);
    const renamed = new Map(
      [...zeros(shapes)].map(([name, tensor]) => [
        name.replace(/^layers\.(\d)\.downsample/, (_, stage: string) => `layers.${Number(stage) + 1}.downsample`),
        tensor,
      ]),
    );
    const timm = planImport(sourceInMemory(renamed), shapes, 'swin');
    expect(timm.format).toBe("timm's Swin");
    expect(timm.missing).toEqual([]);
    expect(timm.leftover).toEqual([]);
  });

  it('leave the fusion with the words alone that LAVT puts into their stages, in the model and in the file', () => {
    const fusion = (shapes: Shapes, width: number): Shapes =>
      new Map([
        ...shapes,
        ['backbone.layers.0.fusion.vis_project.0.weight', [width, 4, 1]] as const,
        ['backbone.layers.0.res_gate.0.weight', [width, width]] as const,
      ]);
    const whole = fusion(swinShapes(1, 'backbone.'), 4);
    const plain = planImport(sourceInMemory(zeros(swinShapes(1))), whole, 'swin');
    expect(plain.missing).toEqual([]);
    const lavt = planImport(sourceInMemory(zeros(fusion(swinShapes(1, 'backbone.'), 8))), whole, 'swin');
    expect(lavt.assignments).toHaveLength(plain.assignments.length);
    expect(lavt.leftover).toEqual([
      'backbone.layers.0.fusion.vis_project.0.weight',
      'backbone.layers.0.res_gate.0.weight',
    ]);
  });

  it('have their position tables resized when the window differs', async () => {
    const { plan, tensors } = await importAll(fixture('hf-swin.safetensors'), swinShapes(1, '', { window: 3 }), 'swin');
    expect(plan.resized).toHaveLength(5);
    expect(plan.resized[0]).toMatchObject({ fromShape: [9, 1], shape: [25, 1], resize: 'window' });
    expect(tensors.get('layers.0.blocks.0.attn.relative_position_bias_table')!.shape).toEqual([25, 1]);
  });

  it('are refused when shapes do not fit, naming tensor and both shapes', async () => {
    const source = await openWeights(fixture('hf-swin.safetensors'));
    expect(() => planImport(source, swinShapes(1, '', { width: 8 }), 'swin')).toThrow(
      /tensors do not fit the model.*\n {2}patch_embed\.proj\.weight: the model has \[8, 3, 4, 4\], the file \[4, 3, 4, 4\] \(.*projection\.weight\)/,
    );
    expect(() => planImport(source, swinShapes(1, '', { heads: [2, 2, 2, 2] }), 'swin')).toThrow(
      /relative_position_bias_table: the model has \[9, 2\], the file \[9, 1\]/,
    );
    expect(() => planImport(source, swinShapes(2), 'swin-v2')).toThrow('a Swin v1; import it as swin');
    const version2 = await openWeights(fixture('hf-swin-v2.safetensors'));
    expect(() => planImport(version2, swinShapes(1), 'swin')).toThrow('a Swin v2; import it as swin-v2');
    await version2.close();
    expect(() => planImport(source, bertShapes(), 'bert')).toThrow('no BERT in it');
    expect(() => planImport(source, bertShapes(), 'swin')).toThrow('the model has no Swin to import into');
    await source.close();
  });

  it('with a part of query, key and value missing are refused', () => {
    const tensors = zeros(
      new Map([
        ['embeddings.patch_embeddings.projection.weight', [4, 3, 4, 4]],
        ['encoder.layers.0.blocks.0.attention.self.query.weight', [4, 4]],
        ['encoder.layers.0.blocks.0.attention.self.value.weight', [4, 4]],
      ]),
    );
    expect(() => planImport(sourceInMemory(tensors), swinShapes(1), 'swin')).toThrow('attn.qkv.weight: made of');
  });
});

describe('published BERTs', () => {
  it('import with or without their prefix, also with the first names of the norms', async () => {
    const [modern, original] = await Promise.all(
      ['hf-bert.safetensors', 'original-bert.bin'].map((name) => importAll(fixture(name), bertShapes(), 'bert')),
    );
    expect(modern.plan.missing).toEqual([]);
    expect(modern.plan.leftover).toEqual(['pooler.dense.bias', 'pooler.dense.weight']);
    expect(original.plan.missing).toEqual([]);
    expect(original.plan.leftover).toEqual([
      'bert.pooler.dense.weight',
      'bert.pooler.dense.bias',
      'cls.predictions.bias',
    ]);
    expect(original.tensors).toEqual(modern.tensors);
  });

  it('give their first positions to a model with fewer', async () => {
    const { plan, tensors } = await importAll(
      fixture('hf-bert.safetensors'),
      bertShapes('text_encoder.', { positions: 5 }),
      'bert',
    );
    expect(plan.resized).toMatchObject([{ resize: 'rows', fromShape: [16, 8], shape: [5, 8] }]);
    const full = await importAll(fixture('hf-bert.safetensors'), bertShapes(), 'bert');
    expect(values(tensors.get('text_encoder.embeddings.position_embeddings.weight'))).toEqual(
      values(full.tensors.get('embeddings.position_embeddings.weight')).slice(0, 40),
    );
    const source = await openWeights(fixture('hf-bert.safetensors'));
    expect(() => planImport(source, bertShapes('', { positions: 17 }), 'bert')).toThrow(
      /position_embeddings\.weight: the model has \[17, 8\], the file \[16, 8\]/,
    );
    await source.close();
  });
});

describe('releases of LAVT and RMSIN', () => {
  it('import by their own names, with counters and without what follows from the settings', () => {
    const shapes = new Map([
      ...swinShapes(1, 'backbone.'),
      ...bertShapes('text_encoder.'),
      ['classifier.conv1_1.weight', [2, 16, 1, 1]] as const,
      ['classifier.bn1_4.running_mean', [16]] as const,
    ]);
    const file = zeros(shapes);
    file.set('backbone.layers.0.blocks.0.attn.relative_position_index', float32Tensor([4, 4], new Float32Array(16)));
    file.set('classifier.bn1_4.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) });
    file.set('text_encoder.pooler.dense.bias', float32Tensor([8], new Float32Array(8)));
    const plan = planImport(sourceInMemory(file), shapes, 'lavt');
    expect(plan.missing).toEqual([]);
    expect(plan.leftover).toEqual(['text_encoder.pooler.dense.bias']);
    expect(plan.assignments).toHaveLength(shapes.size);
    const counted = new Map([...shapes, ['classifier.bn1_4.num_batches_tracked', []] as const]);
    expect(planImport(sourceInMemory(file), counted, 'rmsin').assignments).toHaveLength(counted.size);
    // A counter that the file lacks is nothing that is missed; a statistic is.
    const without = (name: string) => sourceInMemory(new Map([...file].filter(([key]) => key !== name)));
    expect(planImport(without('classifier.bn1_4.num_batches_tracked'), counted, 'lavt').missing).toEqual([]);
    const statistic = 'classifier.bn1_4.running_mean';
    expect(planImport(without(statistic), counted, 'lavt').missing).toEqual([statistic]);
    expect(() => planImport(sourceInMemory(zeros(swinShapes(1))), shapes, 'lavt')).toThrow(
      'no LAVT in it: none of backbone.patch_embed.proj.weight among its',
    );
  });

  it('are told from other files, each name that was looked for said once', () => {
    expect(() => planImport(sourceInMemory(zeros(bertShapes(''))), swinShapes(1), 'swin')).toThrow(
      'none of patch_embed.proj.weight, features.0.0.weight, embeddings.patch_embeddings.projection.weight among its',
    );
  });

  it('with BERT apart in the checkpoint have it under text_encoder', () => {
    const storage = { kind: 'storage', key: '0', dtype: 'F32', count: 1 };
    const tensor = { kind: 'tensor', storage, dtype: 'F32', offset: 0, shape: [1], strides: [1] };
    const checkpoint = new Map<string, unknown>([
      [
        'model',
        new Map([
          ['module.backbone.patch_embed.proj.weight', tensor],
          ['module.classifier.conv1_1.bias', tensor],
        ]),
      ],
      ['bert_model', new Map([['module.embeddings.word_embeddings.weight', tensor]])],
      ['optimizer', new Map([['state', new Map()]])],
      ['epoch', 3],
    ]);
    expect([...findStateDict(checkpoint, 'lavt.pth').keys()]).toEqual([
      'backbone.patch_embed.proj.weight',
      'classifier.conv1_1.bias',
      'text_encoder.embeddings.word_embeddings.weight',
    ]);
    expect(() => findStateDict(new Map([['epoch', 3]]), 'x.pth')).toThrow(
      'x.pth: holds no tensors by name, neither at its top nor under state_dict, model, model_state_dict; its keys are: epoch',
    );
  });
});

describe('position tables', () => {
  it.each([
    [2, 3],
    [7, 12],
    [12, 7],
  ])('of window %i resized to %i equal bicubic interpolation of torch', async (from, to) => {
    const { tensors } = readSafetensors(await readFile(fixture('outputs.safetensors')));
    const table = tensors.get(`table.${from}`) as Tensor<'F32'>;
    const want = values(tensors.get(`table.${from}-${to}`));
    const got = resizeRelativePositionTable(table.data, 2, from, to);
    const worst = Math.max(...want.map((value, index) => Math.abs(value - got[index])));
    expect(got.length).toBe(want.length);
    expect(worst).toBeLessThan(1e-6);
  });
});
