import { describe, expect, it } from 'vitest';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import * as e from '../index.js';

const shape = [2, 3, 4, 5];
const x = e.input('x', shape);
const data = Float32Array.from({ length: 120 }, (_, index) => Math.sin(index));

async function run(y: e.Value, optimisation: 'none' | 'basic' | 'all'): Promise<number[]> {
  const compiled = await e.compile({ y }, { runtime: onnxruntimeNode, session: { optimisation } });
  const results = (await compiled.run({ x: e.floatTensor(data, shape) })) as Record<string, e.HostTensor>;
  await compiled.release();
  return Array.from(results.y.data, Number);
}

/**
 * ONNX Runtime's optimiser moves transposes through the nodes between them, and gives the nodes their operands in the
 * new order of axes: on WebGPU for every convolution, on every device where a permute is undone behind a node. It
 * permutes the amounts of a Pad as those of all axes, even where the input `axes` names a few of them (1.30), and the
 * graph fails when it runs: `emitPad` gives all of them.
 */
describe('between two permutes that undo each other, ONNX Runtime gives the same results', () => {
  const operators: Record<string, (channelsLast: e.Value) => e.Value> = {
    pad: (value) => e.pad(value, 1, 1, 2),
    'pad with a value': (value) => e.pad(value, 2, 2, 0, 1.5),
    shift: (value) => e.shift(value, 2, -2, 4),
    'constantGather of zeros': (value) => e.constantGather(value, 1, Int32Array.of(-1, 0, 1), [3]),
    slice: (value) => e.slice(value, 1, 1, 2),
    reverse: (value) => e.reverse(value, [1, 2]),
    split: (value) => e.split(value, 2, [2, 3])[1],
    concat: (value) => e.concat([value, value], 2),
    sum: (value) => e.sum(value, [1], { keep: true }),
    max: (value) => e.max(value, [1, 2], { keep: true }),
    softmax: (value) => e.softmax(value, 3),
    expand: (value) => e.add(e.expand(e.constant([2], [1, 1, 1, 1]), value.shape), value),
    gather: (value) => e.resizeNearest(value, [5, 6]),
  };
  it.each(Object.entries(operators))('%s', async (_name, operator) => {
    const channelsLast = e.relu(e.permute(x, [0, 2, 3, 1]));
    const y = e.mul(e.permute(e.relu(operator(channelsLast)), [0, 3, 1, 2]), 2);
    const plain = await run(y, 'none');
    expect(await run(y, 'basic')).toEqual(plain);
    expect(await run(y, 'all')).toEqual(plain);
  });
});
