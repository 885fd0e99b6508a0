import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, freemem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { elementCount } from '../src/engine/index.js';
import { createModel, type ModelName, modelConfigSchema } from '../src/models/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { createPredictor } from '../src/segmentation/predictor.js';
import { lossSchema } from '../src/training/segmentationLoss.js';
import { compileTrainingStep, initialWeights } from '../src/training/trainingStep.js';

type Mode = 'inference' | 'training';

/** What one process found: seconds by the clock and of its processors, and its most memory. */
interface Found {
  readonly parameters: number;
  readonly readySeconds: number;
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly peakGb: number;
}

const gigabyte = 2 ** 30;
const session = { optimisation: 'basic', memoryPattern: false } as const;

/** Builds a base preset with random weights and does one thing once after a first time; prints JSON. */
async function measureHere(name: ModelName, mode: Mode, limitGb: number): Promise<void> {
  // The work happens on other threads, so this timer sees the memory grow.
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() < limitGb * gigabyte) return;
    process.stderr.write(`${name} ${mode}: more than ${limitGb} GB, stopped\n`);
    process.exit(1);
  }, 50);
  const start = performance.now();
  const model = createModel({ model: name, preset: 'base' });
  const { imageSizePx: side, maxWords } = model.config;
  const weights = initialWeights(model, 1);
  const images = new Float32Array(3 * side * side).map((_, index) => Math.sin(index));
  const ids = Array.from({ length: maxWords }, (_, index) => 100 + index);
  const wordMask = new Float32Array(maxWords).fill(1);
  const runtime = onnxruntimeNode;
  let once: () => Promise<unknown>;
  if (mode === 'training') {
    const loss = lossSchema.parse({});
    const step = await compileTrainingStep(model, weights, { runtime, batch: 1, loss, session });
    const masks = new Uint8Array(side * side).map((_, index) => Number(index % side < 100));
    once = async () => {
      const result = await step.run({ images, masks, ids, wordMask }, [1]);
      if (!Number.isFinite(result.loss)) throw new Error(`the loss is ${result.loss}`);
    };
  } else {
    const values = new Map([...weights.parameters, ...weights.buffers]);
    // Weights stay inputs: as constants they would pass through the graph's bytes, which hold 2 GB at most.
    const predictor = await createPredictor(model, { runtime, weights: values, batch: 1, live: true, session });
    once = () => predictor.predict(images, ids, wordMask);
  }
  const ready = performance.now();
  await once();
  const [begin, busy] = [performance.now(), process.cpuUsage()];
  await once();
  const { user, system } = process.cpuUsage(busy);
  const found: Found = {
    parameters: [...weights.parameters.values()].reduce((count, { shape }) => count + elementCount(shape), 0),
    readySeconds: (ready - start) / 1000,
    seconds: (performance.now() - begin) / 1000,
    processorSeconds: (user + system) / 1e6,
    peakGb: (process.resourceUsage().maxRSS * 1024) / gigabyte,
  };
  clearInterval(watch);
  process.stdout.write(`${JSON.stringify(found)}\n`);
}

/** In a process of its own, so that its peak of memory is that of this one thing. */
function measure(name: ModelName, mode: Mode, limitGb: number): Found | null {
  const script = fileURLToPath(import.meta.url);
  const child = spawnSync(process.execPath, ['--import', 'tsx', script, 'here', name, mode, String(limitGb)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '4294967296', MALLOC_TRIM_THRESHOLD_: '4294967296' },
  });
  return child.status === 0 ? (JSON.parse(child.stdout) as Found) : null;
}

/**
 * `npm run bench -- basePresets [--model NAME]... [--limit-gb 12]`: each model's base preset (Swin-B, BERT-base,
 * 480 px) with random weights: one inference and one training step of batch 1, each in a process of its own, after a
 * first one. Prints a Markdown table.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const names = modelConfigSchema.shape.model.options;
  const { values } = parseArgs({
    args: [...args],
    options: { model: { type: 'string', multiple: true }, 'limit-gb': { type: 'string', default: '12' } },
  });
  const limitGb = Number(values['limit-gb']);
  process.stdout.write(
    `${cpus()[0].model}, ${availableParallelism()} processors, ${(freemem() / gigabyte).toFixed(0)} GB free\n\n` +
      '| base preset | parameters | inference ready s | inference s (of processors) | GB | step ready s | training step s (of processors) | GB |\n' +
      '| --- | --- | --- | --- | --- | --- | --- | --- |\n',
  );
  for (const name of names) {
    if (values.model && !values.model.includes(name)) continue;
    const found = (['inference', 'training'] as const).map((mode) => measure(name, mode, limitGb));
    const cells = found.map((one) =>
      one
        ? `${one.readySeconds.toFixed(1)} | ${one.seconds.toFixed(1)} (${one.processorSeconds.toFixed(1)}) | ${one.peakGb.toFixed(1)}`
        : 'failed | | ',
    );
    const parameters = found.find((one) => one)?.parameters ?? 0;
    process.stdout.write(`| ${name} | ${(parameters / 1e6).toFixed(0)} M | ${cells.join(' | ')} |\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [here, name, mode, limitGb] = process.argv.slice(2);
  if (here === 'here') await measureHere(modelConfigSchema.shape.model.parse(name), mode as Mode, Number(limitGb));
}
