import * as engine from '../../src/engine/index.js';
import { createRandom } from '../../src/random/index.js';
import { onnxruntimeNode } from '../../src/runtimes/onnxruntimeNode.js';

/** Fits a small network by plain gradient descent and gives its parameters after ten steps, one after the other. */
export async function trainAlone(seed: number): Promise<number[]> {
  const scope = engine.createScope({ training: true });
  const x = engine.input('x', [64, 8]);
  const dense = (name: string, value: engine.Value, width: number): engine.Value =>
    engine.linear(value, scope.child(name).parameter('weight', [width, value.shape[1]], { kind: 'kaimingNormal' }));
  const y = dense('out', engine.gelu(dense('hidden', x, 32)), 1);
  const loss = engine.mean(engine.square(engine.sub(y, engine.input('target', [64, 1]))));
  const parameters = [...scope.declared.parameters.values()];
  const slopes = engine.gradients(
    loss,
    parameters.map(({ value }) => value),
  );
  const outputs = Object.fromEntries(parameters.map(({ name }, index) => [`slope.${name}`, slopes[index]!]));
  const step = await engine.compile(outputs, { runtime: onnxruntimeNode, session: { threads: 2 } });

  const random = createRandom('worker', seed);
  const draw = (shape: readonly number[]): engine.HostTensor =>
    engine.floatTensor(
      Float32Array.from({ length: engine.elementCount(shape) }, () => random.normal()),
      shape,
    );
  const feeds: Record<string, engine.HostTensor> = { x: draw([64, 8]), target: draw([64, 1]) };
  for (const { name, shape } of parameters) feeds[name] = draw(shape);
  const into = Object.fromEntries(parameters.map(({ name, shape }) => [`slope.${name}`, draw(shape)]));
  for (let iteration = 0; iteration < 10; iteration++) {
    await step.run(feeds, { into });
    for (const { name } of parameters) {
      const [values, slope] = [feeds[name].data as Float32Array, into[`slope.${name}`].data as Float32Array];
      for (let index = 0; index < values.length; index++) values[index] -= 0.01 * slope[index];
    }
  }
  await step.release();
  return parameters.flatMap(({ name }) => [...(feeds[name].data as Float32Array)]);
}
