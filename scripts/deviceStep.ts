/**
 * One training step of a network on a device beside the same step on the CPU: how far loss and gradients are apart,
 * whether two runs give the same bits, and how long a step takes.
 *
 *   npx tsx scripts/deviceStep.ts --device cuda [--model mrsnet] [--batch 8] [--size 128] [--runs 12]
 *
 * On CUDA, NVIDIA_TF32_OVERRIDE=0 has products computed in float32; without it they are rounded to 10 bits of mantissa.
 */
import { parseArgs } from 'node:util';
import { createModel, type ModelName } from '../src/models/index.js';
import { createRandom } from '../src/random/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { type Device, providersOf } from '../src/runtimes/providers.js';
import { lossSchema } from '../src/training/segmentationLoss.js';
import { classMapSide, compileTrainingStep, initialWeights, type StepBatch } from '../src/training/trainingStep.js';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda' },
    model: { type: 'string', default: 'mrsnet' },
    batch: { type: 'string', default: '8' },
    size: { type: 'string', default: '128' },
    runs: { type: 'string', default: '12' },
  },
});
const [batch, sizePx, runs] = [values.batch, values.size, values.runs].map(Number);
/** Background and as many classes. */
const classes = 6;
const loss = lossSchema.parse({ dice: 1, categories: 0.4 });
const { config } = createModel({ model: values.model as ModelName, preset: 'nano' });
// Without dropout, since it is not the point.
const model = createModel({ ...config, imageSizePx: sizePx, text: { ...config.text, dropout: 0 } });

function drawBatch(): StepBatch {
  const random = createRandom('device step');
  const bytes = (length: number, below: number) => Uint8Array.from({ length }, () => random.integer(below));
  return {
    images: bytes(batch * sizePx * sizePx * 3, 256),
    masks: bytes(batch * sizePx * sizePx, 2),
    classMaps: bytes(batch * classMapSide(sizePx) ** 2, classes),
    ids: bytes(batch * config.maxWords, Math.min(config.text.vocabularySize, 256)),
    wordMask: new Float32Array(batch * config.maxWords).fill(1),
  };
}

interface Outcome {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

async function stepOn(device: Device, times: number) {
  const weights = initialWeights(model, 1, classes);
  const session = { providers: providersOf(device), optimisation: 'basic' } as const;
  const options = { runtime: onnxruntimeNode, batch, loss, classes, rawPixels: true, session, sizePx };
  const step = await compileTrainingStep(model, weights, options);
  const data = drawBatch();
  const outcomes: Outcome[] = [];
  const milliseconds: number[] = [];
  for (let run = 0; run < times; run++) {
    const started = performance.now();
    const result = await step.run(data, ['device step']);
    milliseconds.push(performance.now() - started);
    if (run < 2) {
      const gradients = new Map([...step.gradients].map(([name, numbers]) => [name, numbers.slice()]));
      outcomes.push({ loss: result.loss, gradients });
    }
  }
  await step.release();
  return { outcomes, milliseconds };
}

/** Length of the difference of all gradients, relative to theirs. */
function distance(one: Outcome, other: Outcome): number {
  let [difference, length] = [0, 0];
  for (const [name, numbers] of one.gradients) {
    const others = other.gradients.get(name) ?? new Float32Array(numbers.length);
    for (let index = 0; index < numbers.length; index++) {
      difference += (numbers[index] - others[index]) ** 2;
      length += numbers[index] ** 2;
    }
  }
  return Math.sqrt(difference / length);
}

const reference = (await stepOn('cpu', 1)).outcomes[0];
const { outcomes, milliseconds } = await stepOn(values.device as Device, Math.max(2, runs));
const isSame = distance(outcomes[0], outcomes[1]) === 0;
const warm = milliseconds.slice(2).sort((a, b) => a - b);
const median = warm[Math.floor(warm.length / 2)];
process.stdout.write(
  `${values.model} nano, batch ${batch}, ${sizePx} px, ${values.device}\n` +
    `loss ${outcomes[0].loss}, on the CPU ${reference.loss}\n` +
    `gradients: distance from the CPU's ${distance(reference, outcomes[0]).toExponential(1)} of their length\n` +
    `two runs ${isSame ? 'give the same bits' : 'differ in some bits'}\n` +
    (median === undefined
      ? ''
      : `median step ${median.toFixed(0)} ms, ${((1000 * batch) / median).toFixed(0)} samples/s\n`),
);
