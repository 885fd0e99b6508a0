import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../src/random/index.js';
import { tinyModel, tinyOptions, weightsOf, writeTinySet } from '../../src/training/testRun.js';

const kills = 10;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-kill-'));
  const set = await writeTinySet(folder);
  // With batch normalisation, so that running statistics must come back too.
  const trunk = { ...tinyModel.trunk, norm: 'batch' };
  const model = { ...tinyModel, trunk, decoder: { width: 8, norm: 'batch' } };
  const options = tinyOptions(set, { model, accumulate: 2, ema: 0.9, epochs: 40, maxSteps: 60 });
  await writeFile(join(folder, 'settings.json'), JSON.stringify(options));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The real command in a process of its own. */
function train(...words: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'src/cli/main.ts'), 'train', ...words], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const ended = new Promise<string>((done) => {
    child.on('exit', (code, signal) => done(signal ?? `code ${code}: ${said.slice(-500)}`));
  });
  return { child, ended };
}

const rowsOf = (run: string): Promise<number> =>
  readFile(join(run, 'metrics.csv'), 'utf8').then(
    (text) => text.split('\n').length,
    () => 0,
  );

it(`a run killed at ${kills} random moments ends with the bits of an unbroken one`, async () => {
  const begin = ['--config', join(folder, 'settings.json'), '--runs', folder, '--name'];
  expect(await train(...begin, 'whole').ended).toContain('code 0');
  const run = join(folder, 'killed');
  const moments: string[] = [];
  for (let index = 0; index < kills; index++) {
    const random = createRandom('kills', 1, index);
    // Each third dies while it starts; the others after some batches, in the midst of whatever comes then.
    const wantedRows = index % 3 === 2 ? 0 : 2 + random.integer(12);
    const delay = random.uniform(0, wantedRows === 0 ? 3000 : 150);
    const before = await rowsOf(run);
    const isThere = before > 0;
    const { child, ended } = isThere ? train('--resume', run) : train(...begin, 'killed');
    let isOver = false;
    ended.then(() => {
      isOver = true;
    });
    // A resumed run first cuts the table back to its last saved state.
    while (wantedRows > 0 && !isOver) {
      const rows = await rowsOf(run);
      if (Math.abs(rows - before) >= wantedRows) break;
      await sleep(5);
    }
    await sleep(delay);
    child.kill('SIGKILL');
    expect(await ended, `kill ${index}`).toBe('SIGKILL');
    moments.push(`${(await rowsOf(run)) - 1}`);
  }
  expect(await train('--resume', run).ended).toContain('code 0');
  expect(await weightsOf(run)).toEqual(await weightsOf(join(folder, 'whole')));
  process.stdout.write(`killed at rows ${moments.join(', ')} of ${(await rowsOf(run)) - 2}; same bits\n`);
});
