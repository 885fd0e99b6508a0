import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../src/random/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { createMuon, createOptimiser } from '../src/training/optimisers/index.js';
import { median, timesOf } from './times.js';

const sizes = [5_000_000, 100_000_000];
/** As many kernels of the last stage of a nano trunk, unrolled. */
const kernels = { count: 12, rows: 192, columns: 1728 };

interface PeerLine {
  kind: 'adamw' | 'muon';
  parameters: number;
  fused: boolean;
  milliseconds: number;
  torch: string;
}

async function measure(parameters: number, runs: number): Promise<number> {
  const random = createRandom('optimisers', parameters);
  const block = Float32Array.from({ length: 4096 }, () => random.next() - 0.5);
  const data = new Float32Array(parameters);
  const gradient = new Float32Array(parameters);
  for (let index = 0; index < parameters; index += block.length) {
    const part = block.subarray(0, Math.min(block.length, parameters - index));
    data.set(part, index);
    gradient.set(part, index);
  }
  const optimiser = createOptimiser({ kind: 'adamw', learningRate: 1e-3 }, new Map([['w', { data }]]));
  const gradients = new Map([['w', gradient]]);
  const times = await timesOf(() => optimiser.step(gradients), 3, runs);
  return median(times.wall);
}

async function measureMuon(runs: number, threads: number): Promise<number> {
  const { count, rows, columns } = kernels;
  const random = createRandom('optimisers', 'muon');
  const draw = (): Float32Array => Float32Array.from({ length: rows * columns }, () => random.next() - 0.5);
  const names = Array.from({ length: count }, (_, index) => `w${index}`);
  const parameters = new Map(names.map((name) => [name, { data: draw(), shape: [rows, columns] }]));
  const gradients = new Map(names.map((name) => [name, draw()]));
  const muon = await createMuon({ kind: 'muon', learningRate: 1e-3 }, parameters, {
    runtime: onnxruntimeNode,
    session: { threads },
  });
  const times = await timesOf(() => muon.step(gradients), 3, runs);
  await muon.release();
  return median(times.wall);
}

function tell(what: string, ours: number, peers: readonly PeerLine[]): void {
  const beside = peers.map(
    ({ fused, milliseconds, torch }) =>
      `torch ${torch}${fused ? ' fused' : ''} ${milliseconds.toFixed(1)} ms, ratio ${(ours / milliseconds).toFixed(2)}`,
  );
  console.log([`${what}: refersat ${ours.toFixed(1)} ms`, ...beside].join('; '));
}

/**
 * One AdamW step of 5 and 100 million parameters and one Muon step of 12 kernels, against torch.optim.AdamW (as it comes,
 * and fused) and torch.optim.Muon where REFERSAT_PEER_PYTHON names a Python with torch. Medians of at least ten runs after three to warm up.
 * @param args `--runs N`, `--threads N` (of the peer and of Muon; our AdamW is one loop in one thread)
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const option = (name: string, fallback: number): number => {
    const at = args.indexOf(name);
    return at < 0 ? fallback : Number(args[at + 1]);
  };
  const runs = option('--runs', 11);
  const threads = option('--threads', 2);
  const python = process.env.REFERSAT_PEER_PYTHON;
  let peers: PeerLine[] = [];
  if (python) {
    const script = fileURLToPath(new URL('peers/optimisers.py', import.meta.url));
    const output = execFileSync(python, [script, ...[threads, runs, ...Object.values(kernels), ...sizes].map(String)], {
      encoding: 'utf8',
      env: { ...process.env, OMP_WAIT_POLICY: 'passive', OMP_NUM_THREADS: String(threads) },
    });
    peers = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as PeerLine);
  } else console.log('No peer: set REFERSAT_PEER_PYTHON to a Python with torch to compare (pip install torch).');
  console.log(`AdamW step, medians of ${runs}; refersat 1 thread, peer ${threads} threads`);
  for (const parameters of sizes) {
    const ours = await measure(parameters, runs);
    tell(
      `${parameters / 1e6} M parameters`,
      ours,
      peers.filter((line) => line.kind === 'adamw' && line.parameters === parameters),
    );
  }
  const { count, rows, columns } = kernels;
  const ours = await measureMuon(runs, threads);
  tell(
    `Muon step, ${count} of ${rows} x ${columns}, ${threads} threads`,
    ours,
    peers.filter(({ kind }) => kind === 'muon'),
  );
}
