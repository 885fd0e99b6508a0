import { parseArgs } from 'node:util';
import { compile, floatTensor, input, matmul } from '../src/engine/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { median } from './times.js';

const shapes = { weights: [12, 4, 604, 604], values: [12, 4, 604, 32] } as const;

/**
 * `npm run bench -- denormals [--flush]`: a product of an attention's size (HFIM's in a training step of `open`), whose
 * weights are all of full precision, and one of which two thirds are too small for it, kept or, with `--flush`, taken for 0
 * (`flushDenormals`, for which a process decides once); medians of five.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const { values: options } = parseArgs({ args: [...args], options: { flush: { type: 'boolean', default: false } } });
  const product = matmul(input('weights', shapes.weights), input('values', shapes.values));
  const drawn = (shape: readonly number[], value: (at: number) => number) =>
    floatTensor(
      Float32Array.from({ length: shape.reduce((all, size) => all * size, 1) }, (_, at) => value(at)),
      shape,
    );
  const values = drawn(shapes.values, Math.cos);
  const full = drawn(shapes.weights, Math.sin);
  const peaked = drawn(shapes.weights, (at) => (at % 3 === 0 ? Math.sin(at) : 1e-40));
  process.stdout.write('| weights | ms |\n| --- | ---: |\n');
  for (const [name, weights] of [
    ['of full precision', full],
    ['two thirds below it', peaked],
  ] as const) {
    const compiled = await compile(
      { product },
      { runtime: onnxruntimeNode, session: { threads: 1, optimisation: 'basic', flushDenormals: options.flush } },
    );
    const times: number[] = [];
    for (let index = 0; index <= 5; index++) {
      const started = performance.now();
      await compiled.run({ weights, values });
      if (index > 0) times.push(performance.now() - started);
    }
    await compiled.release();
    process.stdout.write(`| ${name} | ${median(times).toFixed(1)} |\n`);
  }
}
