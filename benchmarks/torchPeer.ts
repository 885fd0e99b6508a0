import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Times } from './times.js';

/** PyTorch in a process of its own that waits between the blocks of runs that it is asked for. */
export interface TorchPeer {
  readonly version: string;
  /** Times of a block, and what else the script says about the case. */
  time(what: string, warmups: number, runs: number): Promise<Times & { readonly parameters?: number }>;
  close(): void;
}

/** Starts `peers/SCRIPT` with as many threads; null, after a line that says how to have it, where no Python is named. */
export async function startTorchPeer(script: string, threads: number): Promise<TorchPeer | null> {
  const python = process.env.REFERSAT_PEER_PYTHON ?? '';
  if (!existsSync(python)) {
    process.stderr.write(
      'without a peer: set REFERSAT_PEER_PYTHON to a Python with PyTorch (pip install torch --index-url https://download.pytorch.org/whl/cpu) to see ratios\n',
    );
    return null;
  }
  const path = join(dirname(fileURLToPath(import.meta.url)), 'peers', script);
  const peer: ChildProcess = spawn(python, [path, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_WAIT_POLICY: 'PASSIVE', OMP_NUM_THREADS: String(threads) },
  });
  const lines = createInterface({ input: peer.stdout! })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done) throw new Error(`${basename(path)} ended early: run it by hand to see why`);
    return JSON.parse(line.value);
  };
  const { torch: version } = (await answer()) as { torch: string };
  return {
    version,
    async time(what, warmups, runs) {
      peer.stdin!.write(`${what} ${warmups} ${runs}\n`);
      return (await answer()) as Times & { parameters?: number };
    },
    close: () => peer.stdin!.end(),
  };
}
