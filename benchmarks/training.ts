import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { defaultMix, generateScenes } from '../src/generator/index.js';
import { defaultThreads } from '../src/runtimes/threads.js';

/** What one run of training found. */
interface Found {
  readonly samplesPerSecond: number;
  /** Share of the time between batches that the model waited for the loader. */
  readonly waitShare: number;
  readonly peakGb: number;
  readonly parameters: number;
  /** Parameters of the word table among them: its rows follow the sentences of the set. */
  readonly wordParameters: number;
  readonly sizePx: number;
}

/** The peer's word table: 2,048 words of 128. */
const peerWordParameters = 2048 * 128;

interface Case {
  readonly set: string;
  readonly model: 'lavt' | 'mrsnet';
  readonly batch: number;
  readonly steps: number;
  readonly threads: number;
}

const gigabyte = 2 ** 30;
const warmUpSteps = 5;
const here = dirname(fileURLToPath(import.meta.url));

/** The built package where there is one, as users run it: its loader has threads of its own. */
async function trainingRoom(): Promise<typeof import('../src/training/index.js')> {
  const built = join(here, '../dist/training/index.js');
  return existsSync(built) ? await import(pathToFileURL(built).href) : await import('../src/training/index.js');
}

/** Trains with everything that a run has (augmentation, clipping, AdamW, average, metrics); prints JSON. */
async function measureHere({ set, model, batch, steps, threads }: Case): Promise<void> {
  const { trainInFolder } = await trainingRoom();
  const runs = await mkdtemp(join(tmpdir(), 'refersat-bench-runs-'));
  let [begin, end, parameters, wordParameters, sizePx] = [0, 0, 0, 0, 0];
  try {
    const { waitShare } = await trainInFolder(
      {
        data: [{ folder: set }],
        model: { model, preset: 'nano' },
        validationSplit: '',
        batch,
        threads,
        epochs: 1_000_000,
        maxSteps: warmUpSteps + steps,
        validateEvery: 1_000_000,
        saveEvery: 1_000_000,
      },
      {
        runs,
        name: 'bench',
        reporter: {
          onStart(start) {
            parameters = start.parameters;
            wordParameters = start.model.text.vocabularySize * start.model.text.width;
            sizePx = start.model.imageSizePx;
          },
          onBatch({ progress }) {
            if (progress.step === warmUpSteps) begin = performance.now();
            if (progress.step === warmUpSteps + steps) end = performance.now();
          },
        },
      },
    );
    const found: Found = {
      samplesPerSecond: (batch * steps * 1000) / (end - begin),
      waitShare,
      peakGb: (process.resourceUsage().maxRSS * 1024) / gigabyte,
      parameters,
      wordParameters,
      sizePx,
    };
    process.stdout.write(`${JSON.stringify(found)}\n`);
  } finally {
    await rm(runs, { recursive: true, force: true });
  }
}

/** In a process of its own, so that its peak of memory is that of this one run. */
function measure(one: Case): Found {
  const script = fileURLToPath(import.meta.url);
  const child = spawnSync(process.execPath, ['--import', 'tsx', script, 'here', JSON.stringify(one)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`training ${one.model} failed`);
  return JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '') as Found;
}

/** PyTorch: forward, loss, gradients, clipping and AdamW over one batch in memory, which it never waits for. */
async function measurePeer(
  python: string,
  one: Case,
  { parameters, wordParameters, sizePx }: Found,
): Promise<{ samplesPerSecond: number; peakGb: number; version: string }> {
  const script = join(here, 'peers/models.py');
  const peer = spawn(python, [script, String(one.threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_WAIT_POLICY: 'PASSIVE', OMP_NUM_THREADS: String(one.threads) },
  });
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const answer = async <Answer>(): Promise<Answer> => {
    const line = await lines.next();
    if (line.done) throw new Error(`${script} ended early: run it by hand to see why`);
    return JSON.parse(line.value) as Answer;
  };
  try {
    const { torch } = await answer<{ torch: string }>();
    peer.stdin.write(`${one.model}-nano ${sizePx} ${one.batch} learning ${warmUpSteps} ${one.steps}\n`);
    const found = await answer<{ wall: number[]; parameters: number; peak: number }>();
    if (found.parameters - peerWordParameters !== parameters - wordParameters) {
      throw new Error(`${one.model}-nano: ${parameters} parameters here, ${found.parameters} in ${script}`);
    }
    const milliseconds = found.wall.reduce((sum, value) => sum + value, 0);
    const samplesPerSecond = (one.batch * one.steps * 1000) / milliseconds;
    return { samplesPerSecond, peakGb: found.peak / gigabyte, version: torch };
  } finally {
    peer.stdin.end();
  }
}

/**
 * `npm run bench -- training [--model mrsnet]... [--batch 8] [--steps 40] [--threads N]`: samples a second, peak memory
 * and the share of the time that the model waits for the loader (to be under 5%) of whole runs on a generated set;
 * beside PyTorch where REFERSAT_PEER_PYTHON names a Python that has it. Prints a Markdown table.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: 'string', multiple: true, default: ['mrsnet', 'lavt'] },
      batch: { type: 'string', default: '8' },
      steps: { type: 'string', default: '40' },
      threads: { type: 'string', default: String(defaultThreads()) },
    },
  });
  const models = (['mrsnet', 'lavt'] as const).filter((name) => values.model.includes(name));
  if (models.length === 0) {
    process.stderr.write('no such case; the models are mrsnet and lavt\n');
    process.exitCode = 2;
    return;
  }
  const [batch, steps, threads] = [values.batch, values.steps, values.threads].map(Number);
  const folder = await mkdtemp(join(tmpdir(), 'refersat-bench-set-'));
  try {
    const set = join(folder, 'scenes');
    const splits = [{ name: 'train', share: 1 }];
    // Enough pictures that the first epoch decodes each of its batches anew.
    await generateScenes({ out: set, seed: 1, scenes: 120, sizePx: 512, sentences: 4, mix: defaultMix, splits });
    const python = process.env.REFERSAT_PEER_PYTHON;
    if (!python) {
      process.stderr.write('without a peer: set REFERSAT_PEER_PYTHON to a Python with PyTorch to see ratios\n');
    }
    process.stdout.write(
      `${cpus()[0].model}, ${cpus().length} processors, ${threads} threads; batch ${batch}, ${steps} steps after ${warmUpSteps}\n\n` +
        '| network | px | samples/s | waits for the loader | peak GB | PyTorch samples/s | peak GB | ratio of speed |\n' +
        '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n',
    );
    for (const model of models) {
      const one: Case = { set, model, batch, steps, threads };
      const own = measure(one);
      const peer = python ? await measurePeer(python, one, own) : null;
      const cells = [
        `${model}-nano`,
        String(own.sizePx),
        own.samplesPerSecond.toFixed(1),
        `${(100 * own.waitShare).toFixed(1)}%`,
        own.peakGb.toFixed(2),
        ...(peer
          ? [
              `${peer.samplesPerSecond.toFixed(1)} (${peer.version})`,
              peer.peakGb.toFixed(2),
              (own.samplesPerSecond / peer.samplesPerSecond).toFixed(2),
            ]
          : ['-', '-', '-']),
      ];
      process.stdout.write(`| ${cells.join(' | ')} |\n`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [word, one] = process.argv.slice(2);
  if (word === 'here') await measureHere(JSON.parse(one) as Case);
}
