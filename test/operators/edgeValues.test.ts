import { describe, expect, it } from 'vitest';
import * as e from '../../src/engine/index.js';
import { onnxruntimeNode } from '../../src/runtimes/onnxruntimeNode.js';

const floats = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  e.floatTensor(Float32Array.from(values), shape);

/** The result of a function of one tensor, and the gradient of its sum. */
async function evaluated(values: readonly number[], build: (x: e.Value) => e.Value, shape = [values.length]) {
  const x = e.input('x', shape);
  const y = build(x);
  const [slope] = e.gradients(e.sum(y), [x]);
  const outputs = { y, slope: slope ?? e.zerosLike(x) };
  const compiled = await e.compile(outputs, { runtime: onnxruntimeNode, session: { threads: 1 } });
  try {
    const results = (await compiled.run({ x: floats(values, shape) })) as Record<'y' | 'slope', e.HostTensor>;
    return { y: [...(results.y.data as Float32Array)], slope: [...(results.slope.data as Float32Array)] };
  } finally {
    await compiled.release();
  }
}

const int64 = (values: readonly number[]): e.Value => e.constant(values, [values.length], 'int64');

describe('numbers at the edge', () => {
  it('a class that is ruled out with minus infinity leaves the cross-entropy of the others', async () => {
    const logits = [1, 2, Number.NEGATIVE_INFINITY, 0, 1, 2];
    const loss = (x: e.Value) => e.crossEntropy(x, int64([0, 1]), { weight: [1, 1, 2] });
    const { y, slope } = await evaluated(logits, loss, [2, 3]);
    const second = Math.log(1 + Math.exp(-1) + Math.exp(1));
    expect(y[0]).toBeCloseTo((Math.log(1 + Math.E) + second) / 2, 6);
    expect(slope[2]).toBe(0);
    expect(slope.every(Number.isFinite)).toBe(true);
  });

  it('cross-entropy and logSumExp take logits as far apart as float32 goes', async () => {
    const far = [3e38, -3e38, 0];
    expect((await evaluated(far, (x) => e.crossEntropy(x, int64([0])), [1, 3])).y).toEqual([0]);
    expect(
      (await evaluated([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], (x) => e.logSumExp(x, [0]))).y,
    ).toEqual([Number.NEGATIVE_INFINITY]);
    expect((await evaluated([Number.POSITIVE_INFINITY, 1], (x) => e.logSumExp(x, [0]))).y).toEqual([
      Number.POSITIVE_INFINITY,
    ]);
  });

  it('the slope of x to the power of 0 is 0 everywhere', async () => {
    expect((await evaluated([0, 1, 2], (x) => e.pow(x, 0))).slope).toEqual([0, 0, 0]);
    expect((await evaluated([0, 1, 2], (x) => e.pow(x, int64ToFloat([0, 1, 2])))).slope).toEqual([0, 1, 4]);
  });

  it('softplus keeps its digits far below 0', async () => {
    const values = [-80, -40, -20, -18, -15, -8, -1, 0, 3, 30];
    const { y } = await evaluated(values, e.softplus);
    for (const [index, value] of values.entries()) {
      const want = Math.log1p(Math.exp(value));
      expect(Math.abs(y[index] / want - 1), `softplus(${value}) = ${y[index]}, expected ${want}`).toBeLessThan(1e-6);
    }
  });
});

const int64ToFloat = (values: readonly number[]): e.Value => e.constant(values, [values.length]);

describe('indices', () => {
  it('counted from the end have the gradient of those from the front', async () => {
    expect((await evaluated([1, 2, 3], (x) => e.gather(x, int64([-1, 2, 0]), 0))).slope).toEqual([1, 0, 2]);
    const columns = (x: e.Value) => e.gather(x, int64([-1, 1]), 1);
    expect((await evaluated([1, 2, 3, 4], columns, [2, 2])).slope).toEqual([0, 2, 0, 2]);
  });

  it('of padding may count from the end, and have to be rows', async () => {
    const last = (x: e.Value) => e.embedding(x, int64([0, 2, 2]), { padding: -1 });
    expect((await evaluated([1, 2, 3], last, [3, 1])).slope).toEqual([1, 0, 0]);
    expect(() => e.embedding(e.input('table', [3, 1]), int64([0]), { padding: 99 })).toThrow(
      'embedding: [3, 1] x int64 [1]: padding 99 is no row of a table of 3',
    );
  });

  it('of many look-ups add up as those of few do', async () => {
    const count = 5000;
    const indices = Array.from({ length: count }, (_, index) => (index * index) % 7);
    const weights = Float32Array.from({ length: count }, (_, index) => (index % 5) - 1);
    const read = (x: e.Value) => e.mul(e.embedding(x, int64(indices), { padding: 1 }), e.constant(weights, [count, 1]));
    const { slope } = await evaluated([1, 2, 3, 4, 5, 6, 7, 8], read, [8, 1]);
    const want = new Array<number>(8).fill(0);
    for (const [place, index] of indices.entries()) if (index !== 1) want[index] += weights[place];
    expect(slope).toEqual(want);
  });
});

describe('what cannot be built', () => {
  const x = e.input('x', [2, 6]);
  const cases: [string, () => unknown, string][] = [
    ['an axis outside of the rank', () => e.sum(x, [2]), 'sum in net: [2, 6]: axis 2 is outside rank 2'],
    ['softmax along one', () => e.softmax(x, -3), 'softmax in net: [2, 6]: axis -3 is outside rank 2'],
    ['a shape with a part of an element', () => e.reshape(x, [5, -1]), 'reshape in net: [2, 6]: 12 elements do not'],
    ['two open sizes', () => e.reshape(x, [-1, -1]), 'reshape in net: [2, 6]: 12 elements do not fill [-1, -1]'],
    ['a split below nothing', () => e.split(x, 1, [-1, 7]), 'split in net: [2, 6]: size -1 is not a whole number'],
    ['half a padding', () => e.pad(x, 1, 0.5, 0), 'pad in net: [2, 6]: padding 0.5 is not a whole number'],
    ['a step backwards', () => e.slice(x, 1, 2, 2, -1), 'slice in net: [2, 6]: step -1 is not a whole number'],
    ['a start between elements', () => e.slice(x, 1, 0.5, 2), 'slice in net: [2, 6]: start 0.5'],
    ['no values', () => e.concat([], 0), 'concat in net: : the number of values 0'],
    ['an axis of stacks', () => e.stack([x, x], 3), 'stack in net: [2, 6] x [2, 6]: axis 3'],
    ['too many axes of a norm', () => e.layerNorm(x, null, null, { axes: 5 }), 'layerNorm in net: [2, 6]: axis -5'],
    [
      'a pooling that stands',
      () => e.maxPool(e.input('m', [1, 1, 4, 4]), { kernel: 2, stride: 0 }),
      'maxPool in net: [1, 1, 4, 4]: stride 0',
    ],
    [
      'half a window',
      () => e.averagePool(e.input('m', [1, 1, 4, 4]), { kernel: 1.5 }),
      'averagePool in net: [1, 1, 4, 4]: kernel 1.5',
    ],
    [
      'groups that do not fit',
      () => e.groupNorm(e.input('m', [1, 3, 4, 4]), 2, null, null),
      'groupNorm in net: [1, 3, 4, 4]: 3 channels',
    ],
    [
      'strides of other axes',
      () => e.convolution(e.input('m', [1, 1, 4, 4]), e.input('w', [1, 1, 2, 2]), null, { stride: [1, 1, 1] }),
      'convolution in net: [1, 1, 4, 4] x [1, 1, 2, 2]: stride: 3 numbers for 2 spatial axes',
    ],
    [
      'an order of truths',
      () => e.greater(e.equal(x, 1), e.equal(x, 2)),
      'greater in net: bool [2, 6] x bool [2, 6]: expected float32',
    ],
    [
      'a choice of truths',
      () => e.where(e.equal(x, 1), e.equal(x, 1), e.equal(x, 2)),
      'where in net: bool [2, 6] x bool [2, 6] x bool [2, 6]: expected float32',
    ],
    [
      'a target of another shape',
      () => e.crossEntropy(x, e.input('t', [3], 'int64')),
      'crossEntropy in net: [2, 6] x int64 [3]: the target needs to be int64 [2]',
    ],
  ];
  it.each(cases)('%s: the error names operator, scope and operands', (_what, build, message) => {
    expect(() => e.withinScope('net', build)).toThrow(message);
  });

  it('a stack along the last axis is one', async () => {
    const { y } = await evaluated([1, 2, 3], (v) => e.stack([v, e.mul(v, 10)], -1));
    expect(y).toEqual([1, 10, 2, 20, 3, 30]);
  });

  it('nothing at all has a two-class loss that is no number, not an error', async () => {
    const loss = (v: e.Value) => e.crossEntropy(v, e.constant([], [0], 'int64'));
    expect((await evaluated([], loss, [0, 2])).y[0]).toBeNaN();
  });
});
