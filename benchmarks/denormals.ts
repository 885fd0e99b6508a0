import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compile, floatTensor, type HostTensor, input, matmul } from '../src/engine/index.js';
import { decodeImage, resizeBilinearPillow } from '../src/imagery/index.js';
import { createModel } from '../src/models/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { encodeBatch, findModelFolder } from '../src/segmentation/index.js';
import { lossSchema } from '../src/training/segmentationLoss.js';
import { compileTrainingStep } from '../src/training/trainingStep.js';
import { type FloatTensor, loadCheckpoint } from '../src/weights/index.js';
import { median } from './times.js';

const pictures = join(dirname(fileURLToPath(import.meta.url)), '..', 'samples', 'generated');

const shapes = { weights: [12, 4, 604, 604], values: [12, 4, 604, 32] } as const;

/** Median milliseconds of so many runs after one that warms up. */
async function timed(runs: number, work: (index: number) => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let index = 0; index <= runs; index++) {
    const started = performance.now();
    await work(index);
    if (index > 0) times.push(performance.now() - started);
  }
  return median(times).toFixed(0);
}

/** A training step of a checkpoint on pictures of `samples/generated`. */
async function stepOf(name: string, session: { threads: number; flushDenormals: boolean }): Promise<string> {
  const [size, batch] = [384, 4];
  const checkpoint = await loadCheckpoint(findModelFolder(name));
  const { maxWords } = checkpoint.model.config;
  const model = createModel({ ...checkpoint.model.config, imageSizePx: size });
  // Buffers and parameters alike are looked up by name.
  const weights = new Map<string, FloatTensor>(checkpoint.weights);
  const step = await compileTrainingStep(
    model,
    { parameters: weights, buffers: weights },
    {
      runtime: onnxruntimeNode,
      batch,
      loss: lossSchema.parse({ dice: 1 }),
      session: { ...session, optimisation: 'basic' },
      rawPixels: true,
    },
  );
  const names = (await readdir(pictures)).sort().slice(0, batch);
  const images = new Uint8Array(batch * size * size * 3);
  for (const [row, file] of names.entries()) {
    const picture = await decodeImage(await readFile(join(pictures, file)));
    images.set(resizeBilinearPillow(picture, size, size).data, row * size * size * 3);
  }
  const masks = Uint8Array.from({ length: batch * size * size }, (_, at) => Number(at % size < size / 3));
  const { ids, wordMask } = encodeBatch(
    checkpoint.tokenizer,
    names.map(() => 'the largest building'),
    maxWords,
    {},
  );
  const result = await timed(7, (index) => step.run({ images, masks, ids, wordMask }, ['denormals', index]));
  await step.release();
  return result;
}

/**
 * `npm run bench -- denormals [--flush]`: what numbers too small for full precision cost, kept or, with `--flush`, taken for
 * 0 (`flushDenormals`, for which a process decides once): a product of an attention's size (HFIM's in a training step of
 * `open`) whose weights are all of full precision, one of which two thirds are below it, and a training step of the shipped
 * weights. Medians, one thread.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const { values: options } = parseArgs({ args: [...args], options: { flush: { type: 'boolean', default: false } } });
  const session = { threads: 1, flushDenormals: options.flush };
  const product = matmul(input('weights', shapes.weights), input('values', shapes.values));
  const drawn = (shape: readonly number[], value: (at: number) => number): HostTensor =>
    floatTensor(
      Float32Array.from({ length: shape.reduce((all, size) => all * size, 1) }, (_, at) => value(at)),
      shape,
    );
  const values = drawn(shapes.values, Math.cos);
  const full = drawn(shapes.weights, Math.sin);
  const peaked = drawn(shapes.weights, (at) => (at % 3 === 0 ? Math.sin(at) : 1e-40));
  process.stdout.write('| what | ms |\n| --- | ---: |\n');
  for (const [name, weights] of [
    ['product, all of full precision', full],
    ['product, two thirds below it', peaked],
  ] as const) {
    const compiled = await compile({ product }, { runtime: onnxruntimeNode, session });
    process.stdout.write(`| ${name} | ${await timed(5, () => compiled.run({ weights, values }))} |\n`);
    await compiled.release();
  }
  for (const name of ['open', 'research'])
    process.stdout.write(`| training step of ${name}, 4 of 384 px | ${await stepOf(name, session)} |\n`);
}
