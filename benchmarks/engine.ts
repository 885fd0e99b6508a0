import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { compile, type HostTensor, initialise } from '../src/engine/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { defaultThreads } from '../src/runtimes/threads.js';
import { createOptimiser, sumRows } from '../src/training/optimisers/index.js';
import { type EngineCase, engineCases } from './engineCases.js';
import { collectTimes, median, type Times, timesOf } from './times.js';
import { startTorchPeer, type TorchPeer } from './torchPeer.js';

type Mode = 'training' | 'inference';

/** One side of a comparison: runs a case some times and gives milliseconds. */
interface Side {
  time(warmups: number, runs: number): Promise<Times>;
  close(): Promise<void>;
}

async function engineSide(measured: EngineCase, mode: Mode, threads: number): Promise<Side> {
  const training = mode === 'training';
  const { outputs, declared, feeds: inputs } = measured.build(training);
  const state = [...declared.parameters.values(), ...declared.buffers.values()];
  const values = new Map<string, HostTensor>(
    state.map(({ name, shape, initialiser }) => [
      name,
      { type: 'float32', shape, data: initialise(initialiser, shape, 0, name) },
    ]),
  );
  const compiled = await compile(outputs, {
    runtime: onnxruntimeNode,
    // A model that only answers has its weights inside; one that learns gets them anew at every step.
    ...(training ? {} : { weights: values }),
    session: { threads, optimisation: training ? 'basic' : 'all' },
  });
  const feeds: Record<string, HostTensor> = {};
  for (const name of compiled.inputs.keys()) feeds[name] = inputs[name] ?? values.get(name)!;
  const into: Record<string, HostTensor> = {};
  for (const [name, { type, shape }] of compiled.outputs) {
    const count = shape.reduce((product, size) => product * size, 1);
    into[name] = { type, shape, data: new Float32Array(count) };
  }
  const optimised = [...declared.parameters.keys()].filter((name) => `grad.${name}` in into);
  const optimiser = createOptimiser(
    { kind: 'adamw', learningRate: 1e-5 },
    new Map(optimised.map((name) => [name, { data: values.get(name)!.data as Float32Array }])),
  );
  const gradientsOf = new Map(optimised.map((name) => [name, into[`grad.${name}`].data as Float32Array]));
  const { tableRows, withOptimiser } = measured;
  const once = async (): Promise<void> => {
    await compiled.run(feeds, { into });
    if (!training) return;
    if (withOptimiser) optimiser.step(gradientsOf);
    if (tableRows) sumRows(tableRows.ids, into[tableRows.gradient].data as Float32Array, tableRows.width, 0);
  };
  return {
    time: (warmups, runs) => timesOf(once, warmups, runs),
    close: () => compiled.release(),
  };
}

/** Rounds in which both sides take turns, so that a neighbour's load on a shared machine falls on both. */
const rounds = 8;

async function compare(
  measured: EngineCase,
  mode: Mode,
  peer: TorchPeer | null,
  threads: number,
  runs: number,
): Promise<(number | null)[]> {
  const side = await engineSide(measured, mode, threads);
  const ours: Times = { wall: [], processor: [] };
  const theirs: Times = { wall: [], processor: [] };
  try {
    for (let round = 0; round < rounds; round++) {
      const warmups = round === 0 ? 10 : 1;
      collectTimes(ours, await side.time(warmups, Math.ceil(runs / rounds)));
      if (peer) collectTimes(theirs, await peer.time(`${measured.peer} ${mode}`, warmups, Math.ceil(runs / rounds)));
    }
  } finally {
    await side.close();
  }
  const own = median(ours.wall);
  if (!peer) return [own, null, null, null];
  const ratio = own / median(theirs.wall);
  return [own, median(theirs.wall), ratio, median(ours.processor) / median(theirs.processor)];
}

const cell = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits));

/**
 * `npm run bench -- engine [--case NAME]... [--runs 24] [--threads N]`: times of training steps and of inference, as
 * ratios to PyTorch (by the clock, and of processor time, which a loaded machine disturbs less) where REFERSAT_PEER_PYTHON names a Python that has it (`pip install torch --index-url
 * https://download.pytorch.org/whl/cpu`). Prints a Markdown table.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      case: { type: 'string', multiple: true },
      runs: { type: 'string', default: '24' },
      threads: { type: 'string', default: String(defaultThreads()) },
    },
  });
  const chosen = engineCases.filter(({ name }) => !values.case || values.case.includes(name));
  if (chosen.length === 0) {
    process.stderr.write(`no such case; there are ${engineCases.map(({ name }) => name).join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  const threads = Number(values.threads);
  const peer = await startTorchPeer('engine.py', threads);
  const { model } = cpus()[0];
  process.stdout.write(
    `${model}, ${cpus().length} processors, ${threads} threads; onnxruntime-node against PyTorch ${peer?.version ?? '(none)'}\n\n`,
  );
  process.stdout.write(
    '| what | training ms | PyTorch ms | ratio | of processor time | inference ms | PyTorch ms | ratio | of processor time |\n',
  );
  process.stdout.write('| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n');
  for (const measured of chosen) {
    const training = await compare(measured, 'training', peer, threads, Number(values.runs));
    const inference = await compare(measured, 'inference', peer, threads, Number(values.runs));
    const cells = [...training, ...inference].map((value) => cell(value, 2));
    process.stdout.write(`| ${measured.label} | ${cells.join(' | ')} |\n`);
  }
  peer?.close();
}
