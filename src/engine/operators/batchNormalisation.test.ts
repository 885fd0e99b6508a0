import { describe, expect, it } from 'vitest';
import { createRandom } from '../../random/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { batchNorm, compile, floatTensor, gradients, type HostTensor, input, mul, sum, type Value } from '../index.js';

const shape = [1, 3, 4, 5];
const channels = 3;
const perChannel = 20;
const eps = 1e-5;

const draw = (name: string, count: number, low: number, high: number): number[] => {
  const random = createRandom('renorm', name);
  return Array.from({ length: count }, () => random.uniform(low, high));
};

/** One picture, its running statistics near to those of its own or far from them. */
function feedsOf(runningMean: readonly number[], runningVariance: readonly number[]): Record<string, HostTensor> {
  const vector = (values: readonly number[]) => floatTensor(Float32Array.from(values), [channels]);
  return {
    x: floatTensor(Float32Array.from(draw('x', channels * perChannel, -2, 3)), shape),
    slope: floatTensor(Float32Array.from(draw('slope', channels * perChannel, -1, 1)), shape),
    weight: vector(draw('weight', channels, 0.5, 2)),
    bias: vector(draw('bias', channels, -1, 1)),
    mean: vector(runningMean),
    variance: vector(runningVariance),
  };
}

const near = feedsOf([0.2, 0.7, 0.4], [1.5, 2.5, 1.2]);
const far = feedsOf([40, -40, 0.4], [1e-3, 1e3, 1.2]);

const x = input('x', shape);
const [slope, weight, bias] = [input('slope', shape), input('weight', [channels]), input('bias', [channels])];
const [runningMean, runningVariance] = [input('mean', [channels]), input('variance', [channels])];
const build = (training: boolean, renormalise = false, scale: Value = weight) =>
  batchNorm(x, { weight: scale, bias, runningMean, runningVariance }, { training, renormalise, eps });

async function run(values: Readonly<Record<string, Value>>, feeds: Readonly<Record<string, HostTensor>>) {
  const compiled = await compile(values, { runtime: onnxruntimeNode });
  const needed = Object.fromEntries([...compiled.inputs.keys()].map((name) => [name, feeds[name]]));
  const results = (await compiled.run(needed)) as Record<string, HostTensor>;
  await compiled.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  );
}

function expectClose(got: readonly number[], want: readonly number[]): void {
  expect(got).toHaveLength(want.length);
  for (const [place, value] of got.entries()) expect(value).toBeCloseTo(want[place], 4);
}

describe('batch renormalisation', () => {
  it('computes in training what evaluation computes, of a single picture too', async () => {
    const { trained, evaluated } = await run({ trained: build(true, true).y, evaluated: build(false).y }, near);
    expectClose(trained, evaluated);
    const { plain } = await run({ plain: build(true).y }, near);
    expect(Math.max(...plain.map((value, place) => Math.abs(value - evaluated[place])))).toBeGreaterThan(0.1);
  });

  it('follows running statistics no farther than its limits', async () => {
    const { trained } = await run({ trained: build(true, true).y }, far);
    const values = far.x.data as Float32Array;
    const want = Array.from(values, (value, place) => {
      const channel = Math.floor(place / perChannel);
      const own = values.subarray(channel * perChannel, (channel + 1) * perChannel);
      const average = own.reduce((total, one) => total + one, 0) / perChannel;
      const variance = own.reduce((total, one) => total + (one - average) ** 2, 0) / perChannel;
      const [of, running] = [far.mean.data[channel] as number, far.variance.data[channel] as number];
      const clip = (low: number, one: number, high: number) => Math.min(high, Math.max(low, one));
      const scale = clip(1 / 3, Math.sqrt(variance + eps) / Math.sqrt(running + eps), 3);
      const shift = clip(-5, (average - of) / Math.sqrt(running + eps), 5);
      const standard = (value - average) / Math.sqrt(variance + eps);
      return (far.weight.data[channel] as number) * (standard * scale + shift) + (far.bias.data[channel] as number);
    });
    expectClose(trained, want);
  });

  it('has the gradient of batch normalisation scaled by constants, and the same running statistics', async () => {
    const scaled = input('scaled', [channels]);
    const [renormalised, plain] = [build(true, true), build(true, false, scaled)];
    const gradientOf = (y: Value) => gradients(sum(mul(y, slope)), [x])[0]!;
    const moments = {
      ownMean: renormalised.runningMean,
      ownVariance: renormalised.runningVariance,
      plainMean: plain.runningMean,
      plainVariance: plain.runningVariance,
    };
    // With weight r, where r is the deviation of the picture over the running one.
    const values = near.x.data as Float32Array;
    const scales = [0, 1, 2].map((channel) => {
      const own = Array.from(values.subarray(channel * perChannel, (channel + 1) * perChannel));
      const average = own.reduce((total, one) => total + one, 0) / perChannel;
      const variance = own.reduce((total, one) => total + (one - average) ** 2, 0) / perChannel;
      const ratio = Math.sqrt((variance + eps) / ((near.variance.data[channel] as number) + eps));
      return ratio * (near.weight.data[channel] as number);
    });
    const feeds = { ...near, scaled: floatTensor(Float32Array.from(scales), [channels]) };
    const got = await run({ own: gradientOf(renormalised.y), other: gradientOf(plain.y), ...moments }, feeds);
    expectClose(got.own, got.other);
    expect(got.ownMean).toEqual(got.plainMean);
    expect(got.ownVariance).toEqual(got.plainVariance);
    const weights = gradients(sum(mul(renormalised.y, slope)), [weight, bias]);
    const { byWeight, byBias } = await run({ byWeight: weights[0]!, byBias: weights[1]! }, near);
    const { y } = await run({ y: build(false).y }, near);
    const slopes = near.slope.data as Float32Array;
    const total = (channel: number, of: (place: number) => number): number =>
      Array.from({ length: perChannel }, (_, place) => of(channel * perChannel + place)).reduce((a, b) => a + b, 0);
    for (const channel of [0, 1, 2]) {
      const [w, b] = [near.weight.data[channel] as number, near.bias.data[channel] as number];
      expect(byWeight[channel]).toBeCloseTo(
        total(channel, (place) => (slopes[place] * (y[place] - b)) / w),
        4,
      );
      expect(byBias[channel]).toBeCloseTo(
        total(channel, (place) => slopes[place]),
        4,
      );
    }
  });
});
