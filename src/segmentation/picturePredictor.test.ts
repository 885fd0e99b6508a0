import { describe, expect, it } from 'vitest';
import { floatTensor, type HostTensor, initialise } from '../engine/index.js';
import { buildModel, createModel, type ModelName } from '../models/index.js';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import { createPicturePredictor } from './picturePredictor.js';
import { createPredictor } from './predictor.js';

const names: readonly ModelName[] = ['lavt', 'lgce', 'rmsin', 'sbanet', 'mrsnet'];
const trunks = {
  swin: {
    kind: 'swin',
    width: 16,
    depths: [2, 1, 1, 1],
    heads: [1, 2, 4, 8],
    window: 4,
    mlpRatio: 2,
    dropPath: 0,
    unshiftedInOneWindow: false,
  },
  convolutional: { kind: 'convolutional', widths: [16, 24, 32, 48], depths: [1, 1, 1, 1], norm: 'batch' },
} as const;

describe.each([
  ...names.map((name) => [name, true] as const),
  ...(['lavt', 'lgce', 'mrsnet'] as const).map((name) => [name, false] as const),
])('%s (language gates: %s)', (name, languageGates) => {
  it.each([
    ['swin', null, null] as const,
    ['convolutional', { width: 8 }, { width: 8, things: true, colours: true, judged: true }] as const,
  ])('on a %s trunk answers in two graphs as in one, sentence after sentence', async (trunk, refinement, selection) => {
    const model = createModel({
      model: name,
      imageSizePx: 64,
      maxWords: 8,
      trunk: { ...trunks[trunk], depths: [...trunks[trunk].depths] } as never,
      text: { vocabularySize: 50, width: 32, layers: 1, heads: 2, hiddenWidth: 64, maxPositions: 8, dropout: 0 },
      decoder: { width: 16, norm: 'batch' },
      hfim: { width: 32, layers: 1, heads: 2, grid: 2 },
      noTarget: true,
      languageGates,
      refinement,
      selection,
    });
    const { declared } = buildModel(model, { batch: 1, training: false });
    const weights = new Map<string, HostTensor>();
    for (const { name: tensor, shape, initialiser } of [
      ...declared.parameters.values(),
      ...declared.buffers.values(),
    ]) {
      // Nothing may stay at zero: the correction of the refinement begins there.
      const drawn = initialise(initialiser, shape, 3, tensor).map((value, at) => value || 0.1 * Math.sin(at));
      weights.set(tensor, floatTensor(drawn, shape));
    }
    const whole = await createPredictor(model, { weights, runtime: onnxruntimeNode, batch: 1 });
    const split = await createPicturePredictor(model, { weights, runtime: onnxruntimeNode });
    const pictures = [0.3, 0.7].map((step) =>
      Float32Array.from({ length: 3 * 64 * 64 }, (_, at) => Math.sin(at * step)),
    );
    for (const picture of pictures) {
      const features = await split.encode(picture);
      for (const first of [3, 9]) {
        const ids = Array.from({ length: 8 }, (_, at) => first + at);
        const wordMask = Float32Array.from({ length: 8 }, (_, at) => Number(at < 6));
        const [expected, found] = [
          await whole.predict(picture, ids, wordMask),
          await split.predict(features, ids, wordMask),
        ];
        const distance = expected.margins.map((value, at) => Math.abs(value - found.margins[at]));
        expect(Math.max(...distance)).toBeLessThan(1e-5 * Math.max(1, ...expected.margins.map(Math.abs)));
        expect(found.exists?.[0]).toBeCloseTo(expected.exists?.[0] ?? Number.NaN, 4);
        expect([found.marginHeight, found.marginWidth]).toEqual([expected.marginHeight, expected.marginWidth]);
      }
    }
    await Promise.all([whole.release(), split.release()]);
  });
});
