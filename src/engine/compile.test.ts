import { describe, expect, it } from 'vitest';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import {
  add,
  argmax,
  type CompiledFunction,
  cast,
  compile,
  concat,
  convolution,
  createScope,
  floatTensor,
  gradients,
  input,
  integerTensor,
  layer,
  linear,
  matmul,
  mul,
  ones,
  permute,
  type Runtime,
  reshape,
  type Session,
  serialize,
  slice,
  softmax,
  sum,
  type Value,
} from './index.js';

const x = input('x', [2, 3]);
const six = () => floatTensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);

async function compiled<Result>(
  outputs: Record<string, Value>,
  work: (run: CompiledFunction) => Promise<Result>,
): Promise<Result> {
  const made = await compile(outputs, { runtime: onnxruntimeNode });
  try {
    return await work(made);
  } finally {
    await made.release();
  }
}

describe('a compiled function', () => {
  it('writes results into the arrays it is given, and into those alone', async () => {
    await compiled({ y: add(mul(x, 2), 1), z: mul(x, x) }, async (made) => {
      const target = floatTensor(new Float32Array(6).fill(-7), [2, 3]);
      const { data } = target;
      const results = await made.run({ x: six() }, { into: { y: target } });
      expect(results.y).toBe(target);
      expect([...data]).toEqual([3, 5, 7, 9, 11, 13]);
      expect([...(results.z as typeof target).data]).toEqual([1, 4, 9, 16, 25, 36]);
    });
  });

  it('gives what was only reshaped at the end in its shape, without a node that copies it', async () => {
    const y = reshape(reshape(mul(x, 2), [6]), [3, 2]);
    const shapes: unknown[] = [];
    const runtime: Runtime = {
      name: 'spy',
      async createSession(model, options) {
        const session = await onnxruntimeNode.createSession(model, options);
        const run: Session['run'] = (feeds, names, into) => {
          shapes.push(into.y?.shape);
          return session.run(feeds, names, into);
        };
        return { run, release: () => session.release() };
      },
    };
    const made = await compile({ y }, { runtime });
    const into = { y: floatTensor(new Float32Array(6), [3, 2]) };
    const fresh = await made.run({ x: six() });
    const given = await made.run({ x: six() }, { into });
    await made.release();
    expect(made.outputs.get('y')?.shape).toEqual([3, 2]);
    expect(fresh.y).toEqual(floatTensor(Float32Array.of(2, 4, 6, 8, 10, 12), [3, 2]));
    expect(given.y).toBe(into.y);
    expect(into.y).toEqual(fresh.y);
    expect(shapes).toEqual([undefined, [2, 3]]);
  });

  it('gives one value under several names, an input as it is, and names like those inside', async () => {
    const y = mul(x, 2);
    await compiled({ value_0: y, again: y, value_1: add(y, 1), copy: x }, async (made) => {
      const results = (await made.run({ x: six() })) as Record<string, ReturnType<typeof six>>;
      expect([...results.value_0.data]).toEqual([2, 4, 6, 8, 10, 12]);
      expect([...results.again.data]).toEqual([2, 4, 6, 8, 10, 12]);
      expect([...results.value_1.data]).toEqual([3, 5, 7, 9, 11, 13]);
      expect([...results.copy.data]).toEqual([1, 2, 3, 4, 5, 6]);
    });
  });

  it('may write a result over its own input', async () => {
    await compiled({ next: add(mul(x, 2), 1) }, async (made) => {
      const state = six();
      await made.run({ x: state }, { into: { next: state } });
      await made.run({ x: state }, { into: { next: state } });
      expect([...state.data]).toEqual([7, 11, 15, 19, 23, 27]);
    });
  });

  it('reads all of an input that a result goes into before it writes', async () => {
    const outputs = { next: reshape(permute(x, [1, 0]), [2, 3]), squares: sum(mul(x, x)) };
    await compiled(outputs, async (made) => {
      const state = six();
      const { squares } = await made.run({ x: state }, { into: { next: state } });
      expect([...state.data]).toEqual([1, 4, 2, 5, 3, 6]);
      expect((squares as ReturnType<typeof six>).data[0]).toBe(91);
    });
  });

  it('refuses two results in the same memory', async () => {
    await compiled({ y: mul(x, 2), z: add(x, 2) }, async (made) => {
      const target = six();
      const run = made.run({ x: six() }, { into: { y: target, z: target } });
      await expect(run).rejects.toThrow('y and z go into the same memory');
    });
  });

  it('finishes a run under way before it is released', async () => {
    const made = await compile({ y: mul(x, 2) }, { runtime: onnxruntimeNode });
    const run = made.run({ x: six() });
    await made.release();
    expect([...((await run).y as ReturnType<typeof six>).data]).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('refuses an input that is called as values inside are', async () => {
    const y = mul(input('inner/0', [1]), 2);
    await expect(compile({ y }, { runtime: onnxruntimeNode })).rejects.toThrow('give the input another name');
    const outputs = { 'shared/0': mul(x, 2) };
    await expect(compile(outputs, { runtime: onnxruntimeNode })).rejects.toThrow('give the output another name');
  });

  it('runs several runs at once without mixing them', async () => {
    await compiled({ y: mul(x, 2) }, async (made) => {
      const runs = Array.from({ length: 8 }, (_, index) =>
        made.run({ x: floatTensor(new Float32Array(6).fill(index), [2, 3]) }),
      );
      for (const [index, { y }] of (await Promise.all(runs)).entries()) {
        expect([...(y as ReturnType<typeof six>).data]).toEqual(new Array(6).fill(2 * index));
      }
    });
  });

  it('stops before the run when its signal is aborted', async () => {
    await compiled({ y: mul(x, 2) }, async (made) => {
      const stop = new AbortController();
      stop.abort(new Error('stopped by Ctrl-C'));
      await expect(made.run({ x: six() }, { signal: stop.signal })).rejects.toThrow('stopped by Ctrl-C');
      const later = new AbortController();
      const run = made.run({ x: six() }, { signal: later.signal });
      later.abort(new Error('stopped meanwhile'));
      await expect(run).rejects.toThrow('stopped meanwhile');
    });
  });

  it('refuses to run after its release, which may be asked for twice', async () => {
    const made = await compile({ y: mul(x, 2) }, { runtime: onnxruntimeNode });
    await made.release();
    await made.release();
    await expect(made.run({ x: six() })).rejects.toThrow('run: the function was released; compile it again');
  });
});

describe('feeds', () => {
  const cases: Record<string, [Parameters<CompiledFunction['run']>[0], string]> = {
    'that are missing': [{}, 'run: the input x [2, 3] is not fed'],
    'of another shape': [{ x: floatTensor(new Float32Array(6), [3, 2]) }, 'run: x is fed [3, 2]; expected [2, 3]'],
    'of another type': [
      { x: integerTensor([1, 2, 3, 4, 5, 6], [2, 3]) },
      'run: x is fed int64 [2, 3]; expected [2, 3]',
    ],
    'that are unknown': [{ x: six(), X: six() }, 'run: there is no input X; the inputs are x'],
    'too short for their shape': [
      { x: floatTensor(new Float32Array(5), [2, 3]) },
      'run: x [2, 3] needs 6 elements; its array has 5',
    ],
    'from a device that the session cannot read': [
      {
        x: {
          type: 'float32',
          shape: [2, 3],
          location: 'gpu-buffer',
          handle: {},
          read: async () => six(),
          dispose() {},
        },
      },
      'run: x [2, 3] lies on gpu-buffer, which a session on cpu cannot read: feed the result of its read()',
    ],
  };
  it.each(Object.entries(cases))('%s are refused by name', async (_name, [feeds, message]) => {
    await compiled({ y: mul(x, 2) }, async (made) => {
      await expect(made.run(feeds)).rejects.toThrow(message);
    });
  });

  it('into arrays that do not fit are refused too', async () => {
    await compiled({ y: mul(x, 2) }, async (made) => {
      await expect(made.run({ x: six() }, { into: { z: six() } })).rejects.toThrow(
        'run: there is no output z; the outputs are y',
      );
      const flat = floatTensor(new Float32Array(6), [6]);
      await expect(made.run({ x: six() }, { into: { y: flat } })).rejects.toThrow(
        'run: y goes into [6]; expected [2, 3]',
      );
    });
  });
});

describe('an error while a graph is built', () => {
  const scope = () => createScope({ training: true }).child('backbone').child('layers.0');
  const within = (build: (own: ReturnType<typeof scope>) => unknown) => () => layer((own) => build(own))(scope());
  const image = input('image', [2, 3, 8, 8]);
  const ids = input('ids', [4], 'int64');
  const cases: Record<string, [() => unknown, string]> = {
    matmul: [
      within((own) => matmul(x, own.parameter('weight', [4, 5], ones))),
      'matmul in backbone.layers.0: [2, 3] x [4, 5]: inner sizes 3 and 4 differ',
    ],
    linear: [
      within((own) => linear(x, own.parameter('weight', [5, 4], ones))),
      'matmul in backbone.layers.0: [2, 3] x [5, 4]: inner sizes 3 and 4 differ',
    ],
    broadcast: [
      within(() => add(x, input('y', [4]))),
      'add in backbone.layers.0: [2, 3] x [4]: sizes 3 and 4 of axis 1 do not broadcast',
    ],
    types: [
      within(() => add(x, cast(x, 'int64'))),
      'add in backbone.layers.0: [2, 3] x int64 [2, 3]: types float32 and int64 differ: cast one',
    ],
    'a type without the operation': [
      within(() => softmax(ids)),
      'softmax in backbone.layers.0: int64 [4]: expected float32 or float16, got int64',
    ],
    reshape: [within(() => reshape(x, [4])), 'reshape in backbone.layers.0: [2, 3]: 6 elements do not fill [4]'],
    slice: [
      within(() => slice(x, 1, 2, 2)),
      'slice in backbone.layers.0: [2, 3]: elements 2 to 3 are outside axis 1 of size 3',
    ],
    axis: [within(() => softmax(x, 2)), 'axis 2 is outside rank 2'],
    concat: [
      within(() => concat([x, input('wide', [3, 4])], 0)),
      'concat in backbone.layers.0: [2, 3] x [3, 4]: only axis 0 may differ',
    ],
    convolution: [
      within((own) => convolution(image, own.parameter('weight', [4, 5, 3, 3], ones))),
      'convolution in backbone.layers.0: [2, 3, 8, 8] x [4, 5, 3, 3]',
    ],
    'a name used twice': [
      within((own) => [own.parameter('weight', [1], ones), own.parameter('weight', [1], ones)]),
      'backbone.layers.0.weight is declared twice: give each part of the model its own child scope',
    ],
    'a buffer that nobody declared': [
      within((own) => own.updateBuffer('running_mean', x)),
      'backbone.layers.0.running_mean: no such buffer to update',
    ],
    'a loss that is no scalar': [
      () => gradients(x, [x]),
      'gradients: the loss is [2, 3]; expected a float32 scalar: reduce it with sum or mean',
    ],
    'a path without gradient': [
      within(() => gradients(sum(cast(equalToLargest(x), 'float32')), [x])),
      'the only paths to [2, 3] lead through argmax in backbone.layers.0, which has no gradient: it gives a position',
    ],
    'two leaves of one name': [
      () => serialize({ y: add(input('x', [1]), input('x', [1])) }),
      'the name x is used twice among inputs and outputs',
    ],
    'a weight of another shape': [
      () => serialize({ y: scope().parameter('w', [2], ones) }, { weights: new Map([['backbone.layers.0.w', six()]]) }),
      'backbone.layers.0.w: the weight is [2,3], the model expects [2]',
    ],
  };
  const equalToLargest = (value: Value): Value => argmax(value, 1);
  it.each(Object.entries(cases))('names operator, shapes and scope: %s', (_name, [build, message]) => {
    expect(build).toThrow(message);
  });
});
