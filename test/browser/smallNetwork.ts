import {
  add,
  concat,
  createScope,
  embedding,
  floatTensor,
  gelu,
  gradients,
  type HostTensor,
  initialise,
  input,
  integerTensor,
  linear,
  logSoftmax,
  matmul,
  mean,
  mul,
  oneHot,
  permute,
  type Runtime,
  reshape,
  type SerializedGraph,
  serialize,
  softmax,
  sub,
  sum,
  type Value,
} from '../../src/engine/index.js';

const words = 6;
const width = 16;
const heads = 2;

/** [B, N, C] -> [B, K, N, C / K]. */
const splitHeads = (x: Value): Value => {
  const [batch, tokens] = x.shape;
  return permute(reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
};

/** What a page and Node are compared by: a forward graph and a training step, with what to feed them. */
export interface TestGraphs {
  readonly forward: { readonly graph: SerializedGraph; readonly feeds: Readonly<Record<string, HostTensor>> };
  readonly step: { readonly graph: SerializedGraph; readonly feeds: Readonly<Record<string, HostTensor>> };
}

/**
 * A small text classifier with one attention layer, built alike in Node and in the page: word table, attention, two
 * linear layers, cross-entropy. Gives the bytes of its forward graph and of one training step, and what to feed.
 */
export function buildSmallNetwork(): TestGraphs {
  const scope = createScope({ training: true });
  const ids = input('ids', [2, words], 'int64');
  const target = input('target', [2], 'int64');
  const deviation = { kind: 'normal', standardDeviation: 0.2 } as const;
  const dense = (name: string, x: Value, out: number): Value => {
    const own = scope.child(name);
    return linear(
      x,
      own.parameter('weight', [out, x.shape.at(-1)!], deviation),
      own.parameter('bias', [out], deviation),
    );
  };
  const x = embedding(scope.parameter('words', [20, width], deviation), ids, { padding: 0 });
  const query = splitHeads(dense('query', x, width));
  const key = splitHeads(dense('key', x, width));
  const value = splitHeads(dense('value', x, width));
  const weights = softmax(matmul(query, key, { transposeB: true, alpha: (width / heads) ** -0.5 }));
  const mixed = reshape(permute(matmul(weights, value), [0, 2, 1, 3]), [2, words, width]);
  const hidden = gelu(dense('hidden', concat([add(x, mixed), x], -1), 2 * width));
  const logits = dense('classes', mean(hidden, [1]), 3);
  const loss = mean(sub(0, sum(mul(logSoftmax(logits), oneHot(target, 3)), [-1])));
  const parameters = [...scope.declared.parameters.values()];
  const found = gradients(
    loss,
    parameters.map((parameter) => parameter.value),
  );
  const step: Record<string, Value> = { loss };
  for (const [index, { name }] of parameters.entries()) step[`grad.${name}`] = found[index]!;
  const feeds: Record<string, HostTensor> = {
    ids: integerTensor([4, 7, 7, 1, 0, 0, 19, 3, 2, 8, 4, 0], [2, words]),
    target: integerTensor([2, 0], [2]),
  };
  for (const { name, shape, initialiser } of parameters) {
    feeds[name] = floatTensor(initialise(initialiser, shape, 7, name), shape);
  }
  return { forward: { graph: serialize({ logits }), feeds }, step: { graph: serialize(step), feeds } };
}

/** Runs both graphs and gives all results by name. */
export async function runGraphs(runtime: Runtime, graphs: TestGraphs): Promise<Record<string, Float32Array>> {
  const outputs: Record<string, Float32Array> = {};
  for (const { graph, feeds } of Object.values(graphs)) {
    const session = await runtime.createSession(graph.model, {});
    const needed = Object.fromEntries([...graph.inputs.keys()].map((name) => [name, feeds[name]]));
    const results = await session.run(needed, [...graph.outputs.keys()], {});
    for (const [name, tensor] of Object.entries(results)) outputs[name] = (tensor as HostTensor).data as Float32Array;
    await session.release();
  }
  return outputs;
}
