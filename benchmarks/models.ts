import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { elementCount } from '../src/engine/index.js';
import { createModel, type ModelOptions } from '../src/models/index.js';
import { createRandom } from '../src/random/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { defaultThreads } from '../src/runtimes/threads.js';
import { createPredictor } from '../src/segmentation/predictor.js';
import { lossSchema } from '../src/training/segmentationLoss.js';
import { compileTrainingStep, initialWeights } from '../src/training/trainingStep.js';
import { collectTimes, median, type Times, timesOf } from './times.js';
import { startTorchPeer, type TorchPeer } from './torchPeer.js';

/** A network as both sides know it. */
interface MeasuredModel {
  /** The peer's name of it. */
  readonly name: string;
  readonly label: string;
  readonly options: ModelOptions;
  /** Batch of a training step by the side of the picture in pixels; inference takes one picture. */
  readonly batches: Readonly<Record<number, number>>;
}

const nano = (model: 'lavt' | 'rmsin' | 'mrsnet', label: string): MeasuredModel => ({
  name: `${model}-nano`,
  label: `${label}-nano`,
  options: { model, preset: 'nano' },
  batches: { 224: 4, 480: 2 },
});

const measuredModels: readonly MeasuredModel[] = [
  nano('lavt', 'LAVT'),
  nano('rmsin', 'RMSIN'),
  nano('mrsnet', 'MRSNet'),
  {
    name: 'lavt-small',
    label: 'LAVT with Swin-T and a 6-layer BERT',
    options: { model: 'lavt', preset: 'small' },
    batches: { 224: 2, 480: 1 },
  },
];

type Mode = 'training' | 'inference';

/** One side of a comparison. */
interface Side {
  readonly parameters: number;
  time(warmups: number, runs: number): Promise<Times>;
  close(): Promise<void>;
}

async function ownSide(measured: MeasuredModel, sizePx: number, mode: Mode, threads: number): Promise<Side> {
  const model = createModel({ ...measured.options, imageSizePx: sizePx });
  const weights = initialWeights(model, 1);
  const batch = mode === 'training' ? measured.batches[sizePx] : 1;
  const { maxWords } = model.config;
  const random = createRandom('benchmark', 'models');
  const images = new Float32Array(batch * 3 * sizePx * sizePx).map(() => random.normal());
  const masks = new Uint8Array(batch * sizePx * sizePx).map(() => random.integer(2));
  const ids = Array.from({ length: batch * maxWords }, () => 1 + random.integer(2000));
  const wordMask = new Float32Array(batch * maxWords).fill(1);
  const runtime = onnxruntimeNode;
  let once: () => Promise<unknown>;
  let release: () => Promise<void>;
  if (mode === 'training') {
    const session = { threads, optimisation: 'basic' } as const;
    const loss = lossSchema.parse({});
    const step = await compileTrainingStep(model, weights, { runtime, batch, loss, session, sizePx });
    let index = 0;
    once = () => step.run({ images, masks, ids, wordMask }, ['benchmark', index++]);
    release = () => step.release();
  } else {
    const values = new Map([...weights.parameters, ...weights.buffers]);
    const predictor = await createPredictor(model, { runtime, weights: values, batch, sizePx, session: { threads } });
    once = () => predictor.predict(images, ids, wordMask);
    release = () => predictor.release();
  }
  return {
    parameters: [...weights.parameters.values()].reduce((count, { shape }) => count + elementCount(shape), 0),
    time: (warmups, runs) => timesOf(once, warmups, runs),
    close: release,
  };
}

/** Rounds in which both sides take turns, so that a neighbour's load on a shared machine falls on both. */
const rounds = 4;

/** Table cells: our median time, then the ratios to PyTorch's by the clock (median) and of processor time (least). */
async function compare(
  measured: MeasuredModel,
  sizePx: number,
  mode: Mode,
  peer: TorchPeer | null,
  { threads, runs }: { threads: number; runs: number },
): Promise<string[]> {
  const side = await ownSide(measured, sizePx, mode, threads);
  const batch = mode === 'training' ? measured.batches[sizePx] : 1;
  const ours: Times = { wall: [], processor: [] };
  const theirs: Times = { wall: [], processor: [] };
  try {
    for (let round = 0; round < rounds; round++) {
      const [warmups, some] = [round === 0 ? 3 : 1, Math.ceil(runs / rounds)];
      collectTimes(ours, await side.time(warmups, some));
      if (!peer) continue;
      const other = await peer.time(`${measured.name} ${sizePx} ${batch} ${mode}`, warmups, some);
      if (other.parameters !== side.parameters) {
        throw new Error(`${measured.name}: ${side.parameters} parameters here, ${other.parameters} in peers/models.py`);
      }
      collectTimes(theirs, other);
    }
  } finally {
    await side.close();
  }
  const own = median(ours.wall).toFixed(0);
  if (!peer) return [own, '-', '-'];
  const byClock = median(ours.wall) / median(theirs.wall);
  const ofProcessors = Math.min(...ours.processor) / Math.min(...theirs.processor);
  return [own, byClock.toFixed(2), ofProcessors.toFixed(2)];
}

/**
 * `npm run bench -- models [--model NAME]... [--size 224]... [--runs 12] [--threads N]`: training steps (forward, loss
 * and gradients) and inference of whole networks, as ratios to the same networks in PyTorch where
 * REFERSAT_PEER_PYTHON names a Python that has it. Prints a Markdown table.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: 'string', multiple: true },
      size: { type: 'string', multiple: true, default: ['224', '480'] },
      runs: { type: 'string', default: '12' },
      threads: { type: 'string', default: String(defaultThreads()) },
    },
  });
  const options = { threads: Number(values.threads), runs: Number(values.runs) };
  const chosen = measuredModels.filter(({ name }) => !values.model || values.model.includes(name));
  const sizes = values.size.map(Number).filter((size) => size === 224 || size === 480);
  if (chosen.length === 0 || sizes.length === 0) {
    const names = measuredModels.map(({ name }) => name).join(', ');
    process.stderr.write(`no such case; the models are ${names}, the sizes 224 and 480\n`);
    process.exitCode = 2;
    return;
  }
  const peer = await startTorchPeer('models.py', options.threads);
  process.stdout.write(
    `${cpus()[0].model}, ${cpus().length} processors, ${options.threads} threads; onnxruntime-node against PyTorch ${peer?.version ?? '(none)'}\n\n` +
      '| network | px | batch | step ms | ratio | of processor time | inference ms | ratio | of processor time |\n' +
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n',
  );
  for (const measured of chosen) {
    for (const sizePx of sizes) {
      const cells = [
        ...(await compare(measured, sizePx, 'training', peer, options)),
        ...(await compare(measured, sizePx, 'inference', peer, options)),
      ];
      process.stdout.write(`| ${measured.label} | ${sizePx} | ${measured.batches[sizePx]} | ${cells.join(' | ')} |\n`);
    }
  }
  peer?.close();
}
