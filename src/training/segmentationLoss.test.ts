import { describe, expect, it } from 'vitest';
import { unknownClass } from '../datasets/index.js';
import { compile, createScope, floatTensor, type HostTensor, input, type Value } from '../engine/index.js';
import { createRandom } from '../random/index.js';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import { type LossConfig, lossSchema, overlapCounts, segmentationLoss } from './segmentationLoss.js';

const [batch, side, classes] = [3, 4, 3];
const area = side * side;
const random = createRandom('loss');
const logits = Float32Array.from({ length: batch * 2 * area }, () => 2 * random.normal());
// The last sample means nothing.
const target = Uint8Array.from({ length: batch * area }, (_, at) => (at < 2 * area ? random.integer(2) : 0));
const exists = Float32Array.of(0.7, -1.2, 0.4);
const cellLogits = Float32Array.from({ length: batch * classes * area }, () => random.normal());
const cells = Uint8Array.from({ length: batch * area }, () => [0, 0, 1, 2, unknownClass][random.integer(5)]);

/** Loss, terms and counts of the numbers above. */
async function measured(change: Partial<LossConfig>, options: { share?: number; withCells?: boolean } = {}) {
  const config = lossSchema.parse({ crossEntropy: 0, noTarget: 0, ...change });
  const byte = (name: string): Value => input(name, [batch, side, side], 'uint8');
  const truth = byte('target');
  const outputs = {
    decoder: input('logits', [batch, 2, side, side]),
    exists: input('exists', [batch, 1]),
    alignCorners: true,
  };
  const { loss, terms, margin } = segmentationLoss(createScope({ training: true }), outputs, truth, config, {
    diceShare: options.share === undefined ? undefined : input('share', []),
    categories: options.withCells
      ? { logits: input('cell_logits', [batch, classes, side, side]), truth: byte('cells') }
      : undefined,
  });
  const graph = await compile({ loss, ...terms, ...overlapCounts(margin, truth) }, { runtime: onnxruntimeNode });
  const all: Record<string, HostTensor> = {
    logits: floatTensor(logits, [batch, 2, side, side]),
    target: { type: 'uint8', shape: [batch, side, side], data: target },
    exists: floatTensor(exists, [batch, 1]),
    share: floatTensor(Float32Array.of(options.share ?? 1), []),
    cell_logits: floatTensor(cellLogits, [batch, classes, side, side]),
    cells: { type: 'uint8', shape: [batch, side, side], data: cells },
  };
  const feeds = Object.fromEntries(Object.entries(all).filter(([name]) => graph.inputs.has(name)));
  const results = (await graph.run(feeds)) as Record<string, HostTensor>;
  await graph.release();
  const numbers = (name: string): number[] => Array.from(results[name].data as Float32Array);
  return { names: Object.keys(terms), one: (name: string) => numbers(name)[0], numbers };
}

/** Of each pixel: whether it is object, and the probability of that by a softmax of its two logits. */
const pixels = Array.from({ length: batch * area }, (_, at) => {
  const place = Math.floor(at / area) * 2 * area + (at % area);
  const [background, object] = [Math.exp(logits[place]), Math.exp(logits[place + area])];
  return { isObject: target[at] === 1, p: object / (background + object), sample: Math.floor(at / area) };
});
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('the loss', () => {
  it("has LAVT's cross-entropy: weighted by class, over the sum of the weights", async () => {
    const wanted = (backgroundWeight: number, objectWeight: number): number => {
      const weights = pixels.map(({ isObject }) => (isObject ? objectWeight : backgroundWeight));
      const losses = pixels.map(({ isObject, p }, at) => -weights[at] * Math.log(isObject ? p : 1 - p));
      return sum(losses) / sum(weights);
    };
    const usual = await measured({ crossEntropy: 2 });
    expect(usual.one('crossEntropy')).toBeCloseTo(wanted(0.9, 1.1), 5);
    expect(usual.one('loss')).toBeCloseTo(2 * wanted(0.9, 1.1), 5);
    const uneven = await measured({ crossEntropy: 1, backgroundWeight: 0.5, objectWeight: 3 });
    expect(uneven.one('crossEntropy')).toBeCloseTo(wanted(0.5, 3), 5);
  });

  it('has Dice of the samples with a target alone, by as much as the step asks', async () => {
    const ofSample = (sample: number): number => {
      const own = pixels.filter((pixel) => pixel.sample === sample);
      const overlap = sum(own.map(({ isObject, p }) => (isObject ? p : 0)));
      const total = sum(own.map(({ isObject, p }) => p + Number(isObject)));
      return 1 - (2 * overlap + 1) / (total + 1);
    };
    const wanted = (ofSample(0) + ofSample(1)) / 2;
    const whole = await measured({ dice: 1 });
    expect(whole.one('dice')).toBeCloseTo(wanted, 5);
    const part = await measured({ crossEntropy: 1, dice: 2, noTarget: 1 }, { share: 0.25 });
    const others = part.one('crossEntropy') + part.one('noTarget');
    expect(part.one('dice')).toBeCloseTo(wanted, 5);
    expect(part.one('loss')).toBeCloseTo(others + 0.5 * wanted, 5);
  });

  it('has the focal loss of gamma 2 and alpha 0.25 (Lin et al. 2017, equation 5), the mean over pixels', async () => {
    const wanted = pixels.map(({ isObject, p }) =>
      isObject ? -0.25 * (1 - p) ** 2 * Math.log(p) : -0.75 * p ** 2 * Math.log(1 - p),
    );
    expect((await measured({ focal: 1 })).one('focal')).toBeCloseTo(sum(wanted) / pixels.length, 5);
  });

  it('asks whether there is a target', async () => {
    const there = [true, true, false];
    const p = [...exists].map((logit) => 1 / (1 + Math.exp(-logit)));
    const wanted = sum(p.map((value, at) => -Math.log(there[at] ? value : 1 - value))) / 3;
    const { one, names } = await measured({ noTarget: 0.5 });
    expect(names).toEqual(['noTarget']);
    expect(one('noTarget')).toBeCloseTo(wanted, 5);
    expect(one('loss')).toBeCloseTo(0.5 * wanted, 5);
  });

  it('asks what lies in each cell, empty ones for 0.3, unknown ones not at all', async () => {
    let [losses, weights] = [0, 0];
    for (const [at, truth] of cells.entries()) {
      if (truth === unknownClass) continue;
      const place = Math.floor(at / area) * classes * area + (at % area);
      const powers = [0, 1, 2].map((kind) => Math.exp(cellLogits[place + kind * area]));
      const weight = truth === 0 ? 0.3 : 1;
      losses -= weight * Math.log(powers[truth] / sum(powers));
      weights += weight;
    }
    const { one } = await measured({ categories: 1 }, { withCells: true });
    expect(one('categories')).toBeCloseTo(losses / weights, 5);
  });

  it('leaves out terms of weight 0', async () => {
    const { names } = await measured({ crossEntropy: 1, dice: 0, focal: 0, noTarget: 0 }, { withCells: true });
    expect(names).toEqual(['crossEntropy']);
  });
});

it('counts intersection and union of each sample', async () => {
  const { numbers } = await measured({ crossEntropy: 1 });
  const count = (isCounted: (pixel: (typeof pixels)[number]) => boolean): number[] =>
    [0, 1, 2].map((sample) => pixels.filter((pixel) => pixel.sample === sample && isCounted(pixel)).length);
  expect(numbers('intersection')).toEqual(count(({ isObject, p }) => isObject && p > 0.5));
  expect(numbers('union')).toEqual(count(({ isObject, p }) => isObject || p > 0.5));
});
