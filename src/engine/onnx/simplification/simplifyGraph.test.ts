import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxruntimeNode } from '../../../runtimes/onnxruntimeNode.js';
import * as e from '../../index.js';
import type { ValueType } from '../../value.js';
import { createGraphWriter, type OnnxGraphWriter } from '../graphWriter.js';
import type { OnnxNode } from '../protobuf.js';
import { simplifyGraph } from './simplifyGraph.js';

/** Grows a random graph: every step takes values that are there, by number. */
const steps: readonly ((pick: (rank?: number) => e.Value) => e.Value)[] = [
  (pick) => e.neg(pick()),
  (pick) => e.relu(pick()),
  (pick) => e.tanh(pick()),
  (pick) => e.mul(pick(), 0.5),
  (pick) => e.mul(-2, pick()),
  (pick) => e.add(pick(), 0.25),
  (pick) => e.sub(pick(), pick(0)),
  (pick) => e.sub(pick(0), pick()),
  (pick) => e.stopGradient(pick()),
  (pick) => {
    const value = pick();
    return e.reshape(value, [e.elementCount(value.shape)]);
  },
  (pick) => {
    const value = pick();
    const count = e.elementCount(value.shape);
    return e.reshape(value, count % 6 === 0 ? [2, 1, count / 6, 3] : [1, count]);
  },
  (pick) => {
    const value = pick();
    return e.permute(
      value,
      value.shape.map((_, axis) => value.shape.length - 1 - axis),
    );
  },
  (pick) => e.sum(pick(), [0], { keep: true }),
  (pick) => e.mean(pick(), [-1]),
  (pick) => {
    const value = pick();
    return e.add(value, e.mul(value, value));
  },
  (pick) => {
    const value = pick();
    return e.sub(value, e.neg(e.tanh(value)));
  },
  (pick) => {
    const value = pick();
    return e.add(e.neg(e.relu(value)), value);
  },
  (pick) =>
    e.concat(
      [pick(), pick()].map((value) => e.reshape(value, [-1])),
      0,
    ),
];

function randomGraph(choices: readonly (readonly [step: number, first: number, second: number])[]): e.Value[] {
  const values: e.Value[] = [e.input('x', [2, 3, 4]), e.input('y', [6, 4])];
  for (const [step, ...picks] of choices) {
    let next = 0;
    const pick = (rank?: number): e.Value => {
      const found = values[picks[next++ % picks.length] % values.length];
      return rank === 0 ? e.sum(found) : found;
    };
    const made = steps[step % steps.length](pick);
    if (made.shape.length > 0 && e.elementCount(made.shape) < 500) values.push(made);
  }
  return values.slice(2);
}

async function run(outputs: Record<string, e.Value>, simplify: boolean): Promise<Record<string, e.HostTensor>> {
  const compiled = await e.compile(outputs, {
    runtime: onnxruntimeNode,
    simplify,
    session: { optimisation: 'none', threads: 1 },
  });
  const fill = (count: number, phase: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i + phase));
  const all: Record<string, e.HostTensor> = {
    x: e.floatTensor(fill(24, 0), [2, 3, 4]),
    y: e.floatTensor(fill(24, 0.5), [6, 4]),
  };
  const feeds = Object.fromEntries([...compiled.inputs.keys()].map((name) => [name, all[name]]));
  const results = (await compiled.run(feeds)) as Record<string, e.HostTensor>;
  await compiled.release();
  return results;
}

describe('a simplified graph', () => {
  it('gives what the plain one gives', async () => {
    const choice = fc.tuple(fc.nat(steps.length - 1), fc.nat(40), fc.nat(40));
    await fc.assert(
      fc.asyncProperty(
        fc.array(choice, { minLength: 3, maxLength: 25 }),
        fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }),
        async (choices, wanted) => {
          const values = randomGraph(choices);
          fc.pre(values.length > 0);
          const outputs = Object.fromEntries(wanted.map((place, name) => [`o${name}`, values[place % values.length]]));
          const [plain, simplified] = [await run(outputs, false), await run(outputs, true)];
          for (const [name, { shape, data }] of Object.entries(plain)) {
            expect(simplified[name].shape).toEqual(shape);
            for (const [index, value] of Array.from(data, Number).entries()) {
              const other = Number(simplified[name].data[index]);
              expect(Math.abs(other - value)).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(value)));
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

/** The nodes left of what `build` emits; it names the values that the graph gives. */
function left(
  types: Record<string, readonly number[]>,
  build: (graph: OnnxGraphWriter) => readonly string[],
  part: (node: OnnxNode) => number = () => 0,
): OnnxNode[] {
  const graph = createGraphWriter();
  const outputs = build(graph);
  const known = new Map<string, ValueType>(
    Object.entries(types).map(([name, shape]) => [name, { type: 'float32', shape }]),
  );
  const { nodes } = simplifyGraph(graph.nodes, {
    type: (name) => known.get(name) ?? graph.constants.get(name),
    elements: (name) => graph.constants.get(name)?.data,
    constant: (data, { type, shape }) => graph.constant(data, shape, type),
    temporary: graph.temporary,
    outputs: new Set(outputs),
    looseOutputs: new Set(),
    partOf: part,
  });
  return [...nodes];
}

const typesOf = (nodes: readonly OnnxNode[]): string[] => nodes.map(({ type }) => type);

describe('what is simplified', () => {
  const reshape = (graph: OnnxGraphWriter, from: string, to: string, shape: readonly number[]): void =>
    graph.node('Reshape', [from, graph.constant(shape, [shape.length], 'int64')], [to], { allowzero: { int: 1 } });

  it('a reshape of a reshape, and one to the shape that is there', () => {
    const nodes = left({ x: [2, 3], a: [6], b: [2, 3], y: [2, 3] }, (graph) => {
      reshape(graph, 'x', 'a', [6]);
      reshape(graph, 'a', 'b', [2, 3]);
      graph.node('Softmax', ['b'], ['y']);
      return ['y'];
    });
    expect(nodes).toMatchObject([{ type: 'Softmax', inputs: ['x'] }]);
  });

  it('reshapes around elementwise nodes, which meet behind them', () => {
    const nodes = left({ x: [6, 4], a: [2, 3, 4], b: [2, 3, 4], c: [2, 3, 4], d: [6, 4], y: [6, 4] }, (graph) => {
      reshape(graph, 'x', 'a', [2, 3, 4]);
      graph.node('Gelu', ['a'], ['b']);
      graph.node('Mul', ['b', graph.constant([1, 2, 3, 4], [4])], ['c']);
      reshape(graph, 'c', 'd', [6, 4]);
      graph.node('Softmax', ['d'], ['y']);
      return ['y'];
    });
    expect(typesOf(nodes)).toEqual(['Gelu', 'Mul', 'Softmax']);
  });

  it('not a reshape in front of a node whose other operand broadcasts over the new axes', () => {
    const nodes = left({ x: [6, 4], a: [2, 3, 4], r: [2, 1, 1], y: [2, 3, 4] }, (graph) => {
      reshape(graph, 'x', 'a', [2, 3, 4]);
      graph.node('Mul', ['a', 'r'], ['b']);
      graph.node('Softmax', ['b'], ['y']);
      return ['y'];
    });
    expect(typesOf(nodes)).toEqual(['Reshape', 'Mul', 'Softmax']);
  });

  it('transposes there and back', () => {
    const nodes = left({ x: [2, 3, 4], a: [2, 4, 3], b: [2, 3, 4], y: [2, 3, 4] }, (graph) => {
      graph.node('Transpose', ['x'], ['a'], { perm: { ints: [0, 2, 1] } });
      graph.node('Transpose', ['a'], ['b'], { perm: { ints: [0, 2, 1] } });
      graph.node('Softmax', ['b'], ['y']);
      return ['y'];
    });
    expect(nodes).toMatchObject([{ type: 'Softmax', inputs: ['x'] }]);
  });

  it('reduced axes that a reshape puts back', () => {
    const nodes = left({ x: [2, 3, 4], a: [3], b: [1, 3, 1], y: [1, 3, 1] }, (graph) => {
      graph.node('ReduceSum', ['x', graph.constant([0, 2], [2], 'int64')], ['a'], { keepdims: { int: 0 } });
      reshape(graph, 'a', 'b', [1, 3, 1]);
      graph.node('Softmax', ['b'], ['y']);
      return ['y'];
    });
    expect(nodes).toMatchObject([
      { type: 'ReduceSum', outputs: ['b'], attributes: { keepdims: { int: 1 } } },
      { type: 'Softmax' },
    ]);
  });

  it('signs and numbers', () => {
    const shape = [2, 3];
    const nodes = left({ x: shape, z: shape, a: shape, b: shape, c: shape, d: shape, y: shape }, (graph) => {
      graph.node('Mul', ['x', graph.constant([3], [])], ['a']);
      graph.node('Neg', ['a'], ['b']);
      graph.node('Mul', ['b', graph.constant([2], [])], ['c']);
      graph.node('Neg', ['z'], ['d']);
      graph.node('Add', ['c', 'd'], ['y']);
      return ['y'];
    });
    expect(typesOf(nodes)).toEqual(['Mul', 'Sub']);
  });

  it('the same computation twice, but not where a marked part is computed again', () => {
    const twice = (part: (node: OnnxNode) => number) =>
      left(
        { x: [2], a: [2], b: [2], y: [2] },
        (graph) => {
          graph.node('Exp', ['x'], ['a']);
          graph.node('Exp', ['x'], ['b']);
          graph.node('Softmax', ['a'], ['c']);
          graph.node('Add', ['c', 'b'], ['y']);
          return ['y'];
        },
        part,
      );
    expect(typesOf(twice(() => 0))).toEqual(['Exp', 'Softmax', 'Add']);
    expect(typesOf(twice(({ outputs }) => Number(outputs[0] === 'a')))).toEqual(['Exp', 'Exp', 'Softmax', 'Add']);
  });
});
