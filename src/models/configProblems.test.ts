import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../errors/index.js';
import { type ModelOptions, parseConfig, presets } from './config.js';
import { buildModel, createModel } from './createModel.js';

const text = { vocabularySize: 50, width: 32, layers: 1, heads: 2, hiddenWidth: 64, maxPositions: 24, dropout: 0 };
const swin = {
  kind: 'swin',
  width: 16,
  depths: [1, 1, 1, 1],
  heads: [1, 2, 4, 8],
  window: 4,
  mlpRatio: 2,
  dropPath: 0,
  unshiftedInOneWindow: false,
} as const;
const trunk = { ...swin, depths: [...swin.depths], heads: [...swin.heads] };
const convolutional = (...widths: number[]) =>
  ({ kind: 'convolutional', widths, depths: [1, 1, 1, 1], norm: 'batch' }) as const;
const hfim = { width: 32, layers: 1, heads: 4, grid: 2 };

describe('settings of a model', () => {
  it.each([
    ['decoder.widht', { decoder: { norm: 'batch', widht: 64 } }],
    ['trunk.windw', { trunk: { ...trunk, windw: 9 } }],
    ['text.headz', { text: { ...text, headz: 4 } }],
    ['hfim.gird', { model: 'mrsnet', hfim: { ...hfim, gird: 8 } }],
    ['prior.class', { prior: { classes: ['ship'], class: 'ship' } }],
    ['pixelz', { pixelz: 'unit' }],
  ])('that do not exist are named: %s', (name, options) => {
    expect(() => createModel({ model: 'lavt', ...options } as unknown as ModelOptions)).toThrow(
      new UserError(`the settings make no model: ${name}: there is no such setting`),
    );
  });

  it.each([
    ['reading: needs the classes of a prior; set prior, or leave reading null', { reading: { width: 8 } }],
    ['text.heads: 5 heads do not divide the width of 32', { text: { ...text, heads: 5 } }],
    ['trunk.heads.0: 3 heads do not divide the width of 16', { trunk: { ...trunk, heads: [3, 2, 4, 8] } }],
    ['trunk.mlpRatio: 0.01 of a width of 16 leaves no hidden channel', { trunk: { ...trunk, mlpRatio: 0.01 } }],
    ["fusionHeads.1: 3 heads do not divide the stage's width of 64", { fusionHeads: [1, 3, 1, 1] }],
    ['hfim.heads: 3 heads do not divide its width of 32', { model: 'mrsnet', hfim: { ...hfim, heads: 3 } }],
    ['maxWords: 50 tokens, but text.maxPositions gives positions to 32', { maxWords: 50 }],
    ['maxWords: 2 has no room for a word', { maxWords: 2 }],
    ['imageSizePx: 30 px is too small; at least 32', { imageSizePx: 30 }],
    [
      'trunk.widths: rmsin quarters the widths 30, 50, 70, 90; take multiples of 4',
      { model: 'rmsin', trunk: convolutional(30, 50, 70, 90) },
    ],
    [
      'trunk.widths: sbanet quarters widths above 32, of 30, 50, 70, 90; take multiples of 4',
      { model: 'sbanet', trunk: convolutional(30, 50, 70, 90) },
    ],
    ['trunk.widths: lgce halves the deepest width, 47', { model: 'lgce', trunk: convolutional(16, 24, 32, 47) }],
    [
      'decoder.width: has to be set, since the half of the deepest width, 47,',
      { trunk: convolutional(16, 24, 32, 47), decoder: { norm: 'batch' } },
    ],
    [
      'text.layers: is missing; text.hiddenWidth: is missing',
      { text: { ...text, layers: undefined, hiddenWidth: undefined } },
    ],
  ])('that do not go together are named with what they need: %s', (message, options) => {
    expect(() => createModel({ model: 'lavt', ...options } as unknown as ModelOptions)).toThrow(message);
  });

  it('are asked for where there are none, and left to the preset where they are undefined', () => {
    for (const options of [undefined, null, 'lavt', ['lavt']]) {
      expect(() => createModel(options as unknown as ModelOptions)).toThrow(
        'a model needs settings, at least its name',
      );
    }
    const options = { model: 'lavt', preset: undefined, imageSizePx: undefined } as const;
    expect(createModel(options).config.imageSizePx).toBe(presets.nano.imageSizePx);
    expect(() => parseConfig({ model: 'lavt' })).toThrow(
      /^the settings make no model: preset: is missing; imageSizePx: is/,
    );
    expect(() => parseConfig([])).toThrow(UserError);
  });

  it('that are taken always build, whatever they are', () => {
    const small = fc.integer({ min: 1, max: 12 });
    const four = (value: fc.Arbitrary<number>) => fc.array(value, { minLength: 4, maxLength: 4 });
    const ones = fc.constant([1, 1, 1, 1]);
    const swins = fc.record({
      kind: fc.constantFrom('swin', 'swin-v2'),
      width: small,
      depths: ones,
      heads: fc.oneof(ones, four(fc.integer({ min: 1, max: 3 }))),
      window: fc.integer({ min: 1, max: 5 }),
      mlpRatio: fc.constantFrom(0.2, 1, 2),
      dropPath: fc.constant(0),
      unshiftedInOneWindow: fc.boolean(),
    });
    const convolutions = fc.record({
      kind: fc.constant('convolutional'),
      widths: four(fc.integer({ min: 1, max: 50 })),
      depths: ones,
      norm: fc.constantFrom('batch', 'group'),
    });
    const options = fc.record(
      {
        model: fc.constantFrom('lavt', 'lgce', 'rmsin', 'sbanet', 'mrsnet'),
        imageSizePx: fc.constantFrom(31, 32, 33, 64, 64, 64),
        maxWords: fc.integer({ min: 2, max: 7 }),
        trunk: fc.oneof(swins, convolutions),
        text: fc.record({
          vocabularySize: small,
          width: small,
          layers: fc.constant(1),
          heads: fc.integer({ min: 1, max: 3 }),
          hiddenWidth: small,
          maxPositions: fc.integer({ min: 6, max: 10 }),
          dropout: fc.constant(0),
        }),
        fusionHeads: fc.oneof(ones, four(fc.integer({ min: 1, max: 2 }))),
        decoder: fc.record({ width: small, norm: fc.constantFrom('batch', 'group') }, { requiredKeys: ['norm'] }),
        noTarget: fc.boolean(),
        evidence: fc.boolean(),
        ifim: fc.constantFrom(false, true, 'modulated' as const),
        hfim: fc.option(
          fc.oneof(
            fc.record({ width: small, layers: small, heads: fc.integer({ min: 1, max: 3 }), grid: small }),
            fc.record({ kind: fc.constant('exchange' as const), width: small }),
          ),
        ),
        prior: fc.option(fc.constant({ classes: ['ship'] })),
        selection: fc.option(
          fc.record({ width: small, things: fc.boolean(), colours: fc.boolean(), judged: fc.boolean() }),
        ),
        reading: fc.option(fc.record({ width: small })),
        refinement: fc.option(fc.record({ width: small })),
      },
      { requiredKeys: ['model', 'imageSizePx', 'maxWords', 'trunk', 'text', 'decoder'] },
    );
    let built = 0;
    fc.assert(
      fc.property(options, (drawn) => {
        let model: ReturnType<typeof createModel>;
        try {
          model = createModel(drawn as unknown as ModelOptions);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          return;
        }
        buildModel(model, { batch: 1, training: false });
        built += 1;
      }),
      { numRuns: 900, seed: 7 },
    );
    expect(built).toBeGreaterThan(40);
  });
});
