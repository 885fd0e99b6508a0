import { describe, expect, it } from 'vitest';
import { bytesOfValue, peakBytes } from '../models/peakMemory.js';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import {
  add,
  compile,
  floatTensor,
  gelu,
  gradients,
  type HostTensor,
  input,
  layerNorm,
  linear,
  mean,
  type Node,
  recompute,
  sortedNodes,
  square,
  type Value,
} from './index.js';
import { leavesLast } from './onnx/nodeOrder.js';

const weights = [0, 1, 2].map((index) => input(`weight${index}`, [6, 6]));
const x = input('x', [5, 6]);

/** Three blocks, each marked or not; gives the loss and the gradients of all weights. */
function stack(mark: (build: () => Value) => Value): Record<string, Value> {
  const y = weights.reduce((tokens, weight) => mark(() => gelu(linear(layerNorm(tokens, null, null), weight))), x);
  const loss = mean(square(y));
  const found = gradients(loss, weights);
  return { loss, ...Object.fromEntries(found.map((gradient, index) => [`gradient${index}`, gradient!])) };
}

async function run(outputs: Record<string, Value>): Promise<Record<string, HostTensor>> {
  const compiled = await compile(outputs, {
    runtime: onnxruntimeNode,
    session: { optimisation: 'none', threads: 1 },
  });
  const feeds = Object.fromEntries(
    [x, ...weights].map((value, index) => {
      const count = value.shape[0] * value.shape[1];
      const data = Float32Array.from({ length: count }, (_, place) => Math.sin(7 * index + place));
      return [index === 0 ? 'x' : `weight${index - 1}`, floatTensor(data, value.shape)];
    }),
  );
  const results = (await compiled.run(feeds)) as Record<string, HostTensor>;
  await compiled.release();
  return results;
}

describe('a part marked with recompute', () => {
  it('has the same gradients, bit for bit', async () => {
    const [kept, again] = [await run(stack((build) => build())), await run(stack(recompute))];
    for (const [name, { data }] of Object.entries(kept)) expect(again[name].data, name).toEqual(data);
  });

  it('is built once more, and no backward node reads what its first copy made inside', () => {
    const outputs = stack(recompute);
    const nodes = sortedNodes(Object.values(outputs));
    expect(nodes.filter(({ operator }) => operator.name === 'layerNorm')).toHaveLength(6);
    const isMarked = ({ recompute: mark }: Node) => mark !== null;
    const loss = outputs.loss.node;
    // Constants may be shared; what a block gives, the gelu's output, is kept for the next.
    const leaks = nodes
      .filter((node) => !isMarked(node) && node.order > loss.order)
      .flatMap((node) => node.inputs)
      .filter((value) => isMarked(value.node) && value.node.inputs.length > 0 && value.node.operator.name !== 'gelu');
    expect(leaks.map(({ node }) => node.operator.name)).toEqual([]);
  });
});

describe('the memory of a deep stack', () => {
  // Eight blocks that are wide inside and narrow at their ends, as a transformer's.
  const [rows, width, inside] = [64, 16, 128];
  const tokens = input('tokens', [rows, width]);
  const layers = Array.from({ length: 8 }, (_, index) => ({
    up: input(`up${index}`, [inside, width]),
    down: input(`down${index}`, [width, inside]),
  }));

  function deepStack(mark: (build: () => Value) => Value): Value[] {
    const y = layers.reduce((x, { up, down }) => mark(() => add(x, linear(gelu(linear(x, up)), down))), tokens);
    const loss = mean(square(y));
    const wanted = layers.flatMap(({ up, down }) => [up, down]);
    return [loss, ...gradients(loss, wanted).map((gradient) => gradient!)];
  }

  /** Values of computed nodes that the forward pass makes and the backward pass reads. */
  function keptBytes(outputs: readonly Value[]): number {
    const nodes = sortedNodes(outputs);
    const { order } = outputs[0].node;
    const kept = new Set<Value>();
    for (const node of nodes) {
      if (node.order <= order) continue;
      for (const value of node.inputs) if (value.node.order < order && value.node.inputs.length > 0) kept.add(value);
    }
    return [...kept].reduce((total, value) => total + bytesOfValue(value), 0);
  }

  it('falls to what stands between the blocks, and the peak with it', () => {
    const [kept, again] = [deepStack((build) => build()), deepStack(recompute)];
    const between = layers.length * rows * width * 4;
    const within = rows * inside * 4;
    expect(keptBytes(kept)).toBeGreaterThan(layers.length * within);
    expect(keptBytes(again)).toBeLessThanOrEqual(between);
    const [before, after] = [kept, again].map((outputs) => peakBytes(sortedNodes(outputs), outputs));
    expect(after).toBeLessThan(before / 2);
  });
});

describe('the order of nodes in the file', () => {
  it('puts what nothing reads last, the earliest at the end', () => {
    const node = (name: string, inputs: string[]) => ({
      type: 'Relu',
      domain: '',
      name,
      inputs,
      outputs: [name],
      attributes: {},
    });
    const nodes = [node('a', []), node('b', ['a']), node('c', ['a']), node('d', ['c']), node('e', ['c'])];
    expect(leavesLast(nodes).map(({ name }) => name)).toEqual(['a', 'c', 'e', 'd', 'b']);
  });
});
