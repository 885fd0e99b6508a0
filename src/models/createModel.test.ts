import { describe, expect, it } from 'vitest';
import {
  compile,
  constant,
  createScope,
  floatTensor,
  gradients,
  type HostTensor,
  initialise,
  input,
  integerTensor,
  resizeBilinear,
  square,
  sum,
  type Value,
} from '../engine/index.js';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import { completeConfig, type ModelName, type ModelOptions, modelConfigSchema } from './config.js';
import { buildModel, createModel, type ModelOutputs, trunkOf } from './createModel.js';
import { wordlessTrunkMaps } from './imagePart.js';
import { answerEvidence, answerTraits } from './parts/answerEvidence.js';

const names: readonly ModelName[] = ['lavt', 'lgce', 'rmsin', 'sbanet', 'mrsnet'];
const smallText = { vocabularySize: 50, width: 32, layers: 1, heads: 2, hiddenWidth: 64, maxPositions: 24, dropout: 0 };
const swin: ModelOptions['trunk'] = {
  kind: 'swin',
  width: 16,
  depths: [1, 1, 2, 1],
  heads: [1, 2, 4, 8],
  window: 4,
  mlpRatio: 2,
  dropPath: 0,
  unshiftedInOneWindow: false,
};
const convolutional: ModelOptions['trunk'] = {
  kind: 'convolutional',
  widths: [16, 24, 32, 48],
  depths: [1, 1, 1, 1],
  norm: 'group',
};

const small = (model: ModelName, trunk: ModelOptions['trunk']): ModelOptions => ({
  model,
  imageSizePx: 64,
  trunk,
  text: smallText,
  decoder: { width: 16, norm: 'group' },
  hfim: { kind: 'exchange', width: 16 },
  noTarget: true,
});

async function run(
  options: ModelOptions,
  logitsOf = ({ logits }: ModelOutputs): Value => logits,
  isZero: (name: string) => boolean = () => false,
) {
  const built = buildModel(createModel(options), { batch: 2, training: false });
  const { exists } = built.outputs;
  const outputs = { logits: logitsOf(built.outputs), ...(exists ? { exists } : {}) };
  const compiled = await compile(outputs as Record<string, Value>, { runtime: onnxruntimeNode });
  const feeds: Record<string, HostTensor> = {};
  for (const { name, shape, initialiser } of [
    ...built.declared.parameters.values(),
    ...built.declared.buffers.values(),
  ]) {
    if (!compiled.inputs.has(name)) continue;
    const drawn = initialise(initialiser, shape, 7, name);
    feeds[name] = floatTensor(isZero(name) ? drawn.fill(0) : drawn, shape);
  }
  const size = built.inputs.image.shape;
  feeds.image = floatTensor(
    Float32Array.from({ length: 2 * 3 * size[2] * size[3] }, (_, i) => Math.sin(i * 0.37)),
    size,
  );
  feeds.ids = integerTensor(
    Array.from({ length: 40 }, (_, i) => (i * 7) % 50),
    [2, 20],
  );
  feeds.mask = floatTensor(
    Float32Array.from({ length: 40 }, (_, i) => Number(i % 20 < 9)),
    [2, 20],
  );
  const results = (await compiled.run(feeds)) as Record<string, HostTensor>;
  await compiled.release();
  return results;
}

describe.each(names)('%s', (model) => {
  it.each([
    ['swin', swin] as const,
    ['swin-v2', { ...swin, kind: 'swin-v2' } as const] as const,
    ['convolutional', convolutional] as const,
  ])('on a %s trunk gives finite logits at the size of the image, and a no-target logit', async (_kind, trunk) => {
    const { logits, exists } = await run(small(model, trunk));
    expect(logits.shape).toEqual([2, 2, 64, 64]);
    expect(exists.shape).toEqual([2, 1]);
    expect([...(logits.data as Float32Array), ...(exists.data as Float32Array)].every(Number.isFinite)).toBe(true);
  });

  it('has a gradient for every parameter that matters', () => {
    const { outputs, declared } = buildModel(createModel(small(model, convolutional)), { batch: 2, training: true });
    const loss = sum(outputs.logits);
    const names = [...declared.parameters.keys()];
    const found = gradients(
      loss,
      names.map((name) => declared.parameters.get(name)!.value),
    );
    const without = names.filter((_, index) => found[index] === null);
    // The stream after the last stage goes nowhere, and the no-target head is not part of the mask.
    const expected =
      /^(no_target\.|backbone\.layers\.3\.(res_gate|visual_gate|visual_residual|detail_gate|alignment\.(to_words|norm_words)))/;
    expect(without.filter((name) => !expected.test(name))).toEqual([]);
  });

  it('rebuilds the same parameters from its saved configuration', () => {
    const first = createModel(small(model, swin));
    const again = createModel(modelConfigSchema.parse(JSON.parse(JSON.stringify(first.config))));
    const shapes = (made: typeof first) =>
      [...buildModel(made, { batch: 1, training: false }).declared.parameters].map(([name, { shape }]) => [
        name,
        shape,
      ]);
    expect(shapes(again)).toEqual(shapes(first));
  });
});

describe('languageGates: false', () => {
  const closed = (name: string): boolean => /_gate\.2\.weight$/.test(name);
  const maps = ({ trunkMaps }: ModelOutputs): Value => trunkMaps[3];

  it.each(['lavt', 'lgce', 'mrsnet'] as const)(
    'is %s with closed gates: the words do not reach the trunk',
    async (model) => {
      const options = small(model, convolutional);
      const without = { ...options, languageGates: false };
      for (const output of [undefined, maps]) {
        const [open, shut, none] = [
          await run(options, output),
          await run(options, output, closed),
          await run(without, output),
        ].map(({ logits }) => Array.from(logits.data as Float32Array));
        expect(none).toEqual(shut);
        expect(none).not.toEqual(open);
      }
      const { declared } = buildModel(createModel(without), { batch: 1, training: false });
      expect([...declared.parameters.keys()].filter((name) => /_gate\./.test(name))).toEqual([]);
    },
  );

  it('goes without IFIM, too', async () => {
    const options = { ...small('mrsnet', swin), ifim: false };
    const [shut, none] = [await run(options, undefined, closed), await run({ ...options, languageGates: false })];
    expect(none.logits.data).toEqual(shut.logits.data);
  });

  it.each(['rmsin', 'sbanet'] as const)('is refused for %s', (model) => {
    expect(() => createModel({ ...small(model, convolutional), languageGates: false })).toThrow(
      `languageGates: ${model} is not made without; leave it true, or take lavt, lgce or mrsnet`,
    );
  });
});

describe('MRSNet', () => {
  it('has a switch for each of its modules', () => {
    const count = (options: Partial<ModelOptions>) => {
      const model = createModel({ ...small('mrsnet', convolutional), ...options });
      return [...buildModel(model, { batch: 1, training: false }).declared.parameters.keys()];
    };
    expect(count({ ifim: false }).some((name) => name.includes('ifim'))).toBe(false);
    expect(count({ hfim: null }).some((name) => name.includes('hfim'))).toBe(false);
    expect(count({}).some((name) => name.includes('ifim'))).toBe(true);
  });

  it('knows the modules of older weights, which do not see the sentence as a whole', async () => {
    const older = { ...small('mrsnet', convolutional), ifim: true, hfim: { width: 32, layers: 1, heads: 2, grid: 2 } };
    const { declared } = buildModel(createModel(older), { batch: 1, training: false });
    const names = [...declared.parameters.keys()];
    expect(names.filter((name) => /^asked|film/.test(name))).toEqual([]);
    expect(names.some((name) => name.startsWith('hfim.layers.0'))).toBe(true);
    expect((await run(older)).logits.shape).toEqual([2, 2, 64, 64]);
  });

  it('takes pictures that are no multiple of anything', async () => {
    const model = createModel(small('mrsnet', swin));
    const { outputs } = buildModel(model, { batch: 1, training: false, heightPx: 70, widthPx: 54 });
    expect(outputs.logits.shape).toEqual([1, 2, 70, 54]);
  });
});

describe('the refinement', () => {
  const refined = { ...small('mrsnet', convolutional), refinement: { width: 8 } };

  it('begins at nothing: the coarse logits at half of the size', async () => {
    const { decoder, logits } = buildModel(createModel(refined), { batch: 2, training: false }).outputs;
    expect(decoder.shape).toEqual([2, 2, 32, 32]);
    expect(logits.shape).toEqual([2, 2, 64, 64]);
    const twice = ({ decoder: coarse }: ModelOutputs) =>
      [32, 64].reduce((map, side) => resizeBilinear(map, [side, side], { alignCorners: true }), coarse);
    const [without, withIt] = await Promise.all([run(small('mrsnet', convolutional), twice), run(refined)]);
    const [expected, found] = [without, withIt].map((results) => [...(results.logits.data as Float32Array)]);
    expect(Math.max(...found.map((value, index) => Math.abs(value - expected[index])))).toBeLessThan(1e-5);
    expect(withIt.exists.data).toEqual(without.exists.data);
  });

  it('is part of a saved configuration, and of none that was saved before it', () => {
    expect(createModel(modelConfigSchema.parse(createModel(refined).config)).config.refinement).toEqual({ width: 8 });
    const { refinement: _refinement, ...older } = createModel(small('lavt', convolutional)).config;
    expect(modelConfigSchema.parse(older).refinement).toBeNull();
  });

  it('has a gradient for each of its parameters', () => {
    const { outputs, declared } = buildModel(createModel(refined), { batch: 2, training: true });
    const names = [...declared.parameters.keys()].filter((name) => name.startsWith('refinement.'));
    expect(names).toHaveLength(9);
    const found = gradients(
      sum(outputs.logits),
      names.map((name) => declared.parameters.get(name)!.value),
    );
    expect(found.every((gradient) => gradient !== null)).toBe(true);
  });
});

describe.each([{}, { things: true }, { colours: true }, { things: true, colours: true }])(
  'the selection with %o',
  (more: { things?: boolean; colours?: boolean }) => {
    const selecting = { ...small('lavt', convolutional), selection: { width: 8, ...more } };

    it('begins at nothing, and every parameter of it but those behind it has a gradient', async () => {
      const [without, withIt] = await Promise.all([run(small('lavt', convolutional)), run(selecting)]);
      if (!more.colours) expect(withIt.logits.data).toEqual(without.logits.data);
      // What no word has voted for is taken off colours by a softmax's worth of rounding.
      const [before, after] = [without, withIt].map(({ logits }) => [...(logits.data as Float32Array)]);
      const changes = before.map((value, at) => Math.abs(value - after[at]));
      expect(Math.max(...changes)).toBeLessThan(1e-5);
      const { outputs, declared } = buildModel(createModel(selecting), { batch: 2, training: true });
      const names = [...declared.parameters.keys()].filter((name) => name.startsWith('selection.'));
      const found = gradients(
        sum(square(outputs.logits)),
        names.map((name) => declared.parameters.get(name)!.value),
      );
      expect(names.filter((_, index) => found[index] === null)).toEqual([]);
    });
  },
);

it('with `judged` the no-target head sees the answer behind the selection, too', () => {
  const shapeOf = (judged: boolean): readonly number[] => {
    const options = { ...small('lavt', convolutional), noTarget: true, selection: { width: 8, judged } };
    const { outputs, declared } = buildModel(createModel(options), { batch: 2, training: true });
    const choice = declared.parameters.get('selection.choice.weight')!.value;
    const [ofChoice] = gradients(sum(outputs.exists!), [choice]);
    expect(ofChoice !== null, `judged: ${judged}`).toBe(judged);
    return declared.parameters.get('no_target.fc1.weight')!.shape;
  };
  const [without, withIt] = [shapeOf(false), shapeOf(true)];
  expect(withIt[1]).toBe(without[1] + 2);
});

describe('the evidence of the answer', () => {
  const deciding = { ...small('lavt', convolutional), noTarget: true };

  it('begins at nothing, adds weighed sureness and size, and teaches the answer nothing', async () => {
    const { outputs, declared } = buildModel(createModel({ ...deciding, evidence: true }), {
      batch: 2,
      training: true,
    });
    const names = [...declared.parameters.keys()];
    const without = buildModel(createModel(deciding), { batch: 2, training: true }).declared;
    expect(names.filter((name) => !without.parameters.has(name))).toEqual(['evidence.weight']);
    const weight = declared.parameters.get('evidence.weight')!;
    expect(weight.initialiser).toEqual({ kind: 'constant', value: 0 });
    const [ofWeight, ofHead] = gradients(sum(outputs.exists!), [
      weight.value,
      declared.parameters.get('classifier.conv1_1.weight')!.value,
    ]);
    expect(ofWeight).not.toBeNull();
    // The head reads the logits too; what the evidence reads of them has no gradient of its own.
    const alone = answerEvidence(createScope({ training: true }), outputs.decoder);
    expect(() => gradients(sum(alone), [outputs.decoder])).toThrow(/no gradient/);
    expect(ofHead).not.toBeNull();
  });

  it('reads how sure the pixels of the answer are and how many', async () => {
    // Two answers of 2 x 2 cells: margins 3 and 1 in two of the first's cells, none above 0 in the second's.
    const foreground = [3, 1, -2, -4, -1, -1, -1, -1];
    const logits = constant([0, 0, 0, 0, ...foreground.slice(0, 4), 0, 0, 0, 0, ...foreground.slice(4)], [2, 2, 2, 2]);
    const compiled = await compile(
      { traits: answerTraits(createScope({ training: false }), logits) },
      { runtime: onnxruntimeNode },
    );
    const { traits } = (await compiled.run({})) as { traits: HostTensor };
    await compiled.release();
    const [sure, size, sureOfNone, sizeOfNone] = traits.data as Float32Array;
    expect(sure).toBeCloseTo(2, 4);
    expect(size).toBeCloseTo(Math.log(0.5 + 1e-4), 4);
    expect(sureOfNone).toBe(0);
    expect(sizeOfNone).toBeCloseTo(Math.log(1e-4), 3);
  });
});

describe('the category prior', () => {
  const knowing = { ...small('lavt', convolutional), prior: { classes: ['ship', 'car', 'road'] } };

  it('gives the logits of background and each class, and every parameter of it has a gradient', () => {
    const { outputs, categories, declared } = buildModel(createModel(knowing), {
      batch: 2,
      training: true,
      classes: 4,
    });
    expect(categories).toBe(outputs.categories);
    expect(categories?.shape).toEqual([2, 4, 16, 16]);
    const names = [...declared.parameters.keys()];
    expect(names.filter((name) => name.startsWith('category_head.'))).toEqual([]);
    const wanted = names.filter((name) => name.startsWith('prior.'));
    expect(wanted).toHaveLength(8 + 1 + 2 + 1);
    const found = gradients(
      sum(square(outputs.logits)),
      wanted.map((name) => declared.parameters.get(name)!.value),
    );
    expect(wanted.filter((_, index) => found[index] === null)).toEqual([]);
  });

  it('asks at least for what the sentence was read to mean, where the model reads', async () => {
    const reading = { ...knowing, selection: { width: 8, things: true, colours: true }, reading: { width: 8 } };
    const { outputs, declared } = buildModel(createModel(reading), { batch: 2, training: true });
    const names = [...declared.parameters.keys()];
    // The reading's own votes for colours are in the place of the selection's.
    expect(names.filter((name) => name.startsWith('selection.colour.'))).toHaveLength(2);
    const wanted = names.filter((name) => /^(reading|selection\.as_read)\./.test(name));
    expect(wanted.length).toBeGreaterThan(20);
    const found = gradients(
      sum(square(outputs.logits)),
      wanted.map((name) => declared.parameters.get(name)!.value),
    );
    expect(wanted.filter((_, index) => found[index] === null)).toEqual([]);
    const [without, withIt] = await Promise.all([knowing, reading].map((options) => run(options)));
    const logits = [without, withIt].map(({ logits }) => [...(logits.data as Float32Array)]);
    expect(logits[0].some((value, at) => Math.abs(value - logits[1][at]) > 1e-6)).toBe(true);
  });

  it('has the trunk of its model when that is built by itself', () => {
    const model = createModel(knowing);
    const scope = createScope({ training: true });
    const maps = wordlessTrunkMaps(scope, input('image', [2, 3, 64, 64]), trunkOf(model.config.trunk));
    expect(maps.map(({ shape }) => shape.slice(2))).toEqual([16, 8, 4, 2].map((side) => [side, side]));
    const whole = buildModel(model, { batch: 2, training: true }).declared;
    const trunkOnly = [...whole.parameters.keys()].filter((name) => /^backbone\..*(stem|blocks|downsample)/.test(name));
    expect([...scope.declared.parameters.keys()].sort()).toEqual(trunkOnly.sort());
  });
});

describe('completeConfig', () => {
  it('refuses what it does not know', () => {
    expect(() => completeConfig({ model: 'mrsnet', colour: 'red' } as unknown as ModelOptions)).toThrow(/colour/);
    expect(() => completeConfig({ model: 'unknown' } as unknown as ModelOptions)).toThrow(
      /^the settings make no model: model: .*"lavt"\|.*"mrsnet"$/,
    );
    expect(() => completeConfig({ model: 'lavt', preset: 'huge' } as unknown as ModelOptions)).toThrow(
      /^the settings make no model: preset: [^;]*"nano"[^;]*$/,
    );
    expect(() => completeConfig({ model: 'lavt', imageSizePx: -1 })).toThrow();
  });
});
