import {
  compile,
  crossEntropy,
  elementCount,
  floatTensor,
  gradients,
  type HostTensor,
  initialise,
  input,
  integerTensor,
  sortedNodes,
  type Value,
} from '../src/engine/index.js';
import { buildModel, createModel } from '../src/models/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';

const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(2);
const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(2);

/**
 * `npm run bench -- baseModel`: LAVT with Swin-B and BERT-base at 480 px: how long its training graph takes to build,
 * differentiate and compile (to be under 3 s), and how long and large a step of batch 1 is (under 8 GB).
 */
export async function run(): Promise<void> {
  const start = performance.now();
  const model = createModel({ model: 'lavt', preset: 'base' });
  const { outputs, declared } = buildModel(model, { batch: 1, training: true });
  const [, , height, width] = outputs.logits.shape;
  const target = input('target', [1, height, width], 'int64');
  const loss = crossEntropy(outputs.logits, target, { weight: [0.9, 1.1] });
  const parameters = [...declared.parameters.values()];
  const built = performance.now();

  const slopes = gradients(
    loss,
    parameters.map(({ value }) => value),
  );
  const fetched: Record<string, Value> = { loss };
  for (const [index, { name }] of parameters.entries()) {
    const slope = slopes[index];
    if (slope) fetched[`grad.${name}`] = slope;
  }
  for (const [name, value] of declared.bufferUpdates) fetched[`buffer.${name}`] = value;
  const differentiated = performance.now();
  const compiled = await compile(fetched, {
    runtime: onnxruntimeNode,
    session: { optimisation: 'basic', memoryPattern: false },
  });
  const ready = performance.now();

  const numbers = parameters.reduce((count, { shape }) => count + elementCount(shape), 0);
  const nodes = sortedNodes(Object.values(fetched)).length;
  process.stdout.write(`${(numbers / 1e6).toFixed(0)} M parameters, ${nodes} nodes\n`);
  const parts = `graph ${seconds(built - start)}, gradients ${seconds(differentiated - built)}, session ${seconds(ready - differentiated)}`;
  process.stdout.write(`ready in ${seconds(ready - start)} s: ${parts}\n`);

  const feeds: Record<string, HostTensor> = {};
  for (const [name, { type, shape, role }] of compiled.inputs) {
    const count = elementCount(shape);
    const declaration = declared.parameters.get(name) ?? declared.buffers.get(name);
    if (type === 'int64') feeds[name] = integerTensor(new Int32Array(count).fill(1), shape);
    else if (declaration) feeds[name] = floatTensor(initialise(declaration.initialiser, shape, 0, name), shape);
    else feeds[name] = floatTensor(new Float32Array(count).fill(role === 'random' ? 1 : 0.5), shape);
  }
  const into: Record<string, HostTensor> = {};
  for (const [name, { shape }] of compiled.outputs)
    into[name] = floatTensor(new Float32Array(elementCount(shape)), shape);
  process.stdout.write(`parameters and gradients: ${gigabytes(process.memoryUsage.rss())} GB\n`);
  for (let step = 1; step <= 2; step++) {
    const begin = performance.now();
    await compiled.run(feeds, { into });
    const peak = process.resourceUsage().maxRSS * 1024;
    process.stdout.write(
      `step ${step}: ${seconds(performance.now() - begin)} s, loss ${Number(into.loss.data[0]).toFixed(4)}, at most ${gigabytes(peak)} GB so far\n`,
    );
  }
  await compiled.release();
}
