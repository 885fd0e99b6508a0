import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeSafetensors, float32Tensor, readSafetensors, type Tensor } from '../src/tensors/index.js';

const root = join(import.meta.dirname, '..');
const good = join(import.meta.dirname, 'fixtures/golden/loss_ce.safetensors');
const folder = mkdtempSync(join(tmpdir(), 'refersat-parity-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `npm run parity -- FILE...`, without npm. */
function parity(...files: string[]): Promise<{ code: number; output: string; complaint: string }> {
  return new Promise((resolve) => {
    const words = ['--import', 'tsx', join(root, 'scripts/parity/main.ts'), ...files];
    execFile(process.execPath, words, { cwd: root }, (error, output, complaint) =>
      resolve({ code: error ? Number(error.code) : 0, output, complaint }),
    );
  });
}

/** The good file with some of its metadata and its outputs replaced. */
function changed(
  name: string,
  metadata: Readonly<Record<string, string>>,
  output?: (tensor: Tensor) => Tensor,
): string {
  const { tensors, metadata: own } = readSafetensors(readFileSync(good), { source: good });
  const written = new Map(
    [...tensors].map(([key, tensor]) => [key, output && key.startsWith('output.') ? output(tensor) : tensor]),
  );
  const file = join(folder, name);
  writeFileSync(file, encodeSafetensors(written, { ...Object.fromEntries(own), ...metadata }));
  return file;
}

describe('the parity command', () => {
  it('exits with 0 when every file agrees', async () => {
    const { code, output } = await parity(good, good);
    expect(output).toMatch(/^ok .*2 of 2 files agree\n$/s);
    expect(code).toBe(0);
  });

  it('exits with 1 when one of the files differs', async () => {
    const wrong = changed('wrong.safetensors', {}, ({ shape }) =>
      float32Tensor(shape, new Float32Array(shape.reduce((count, size) => count * size, 1)).fill(1e3)),
    );
    const { code, output } = await parity(wrong, good);
    expect(output).toMatch(/^FAIL .*\nok .*1 of 2 files agree\n$/s);
    expect(code).toBe(1);
  });

  it('exits with 1 for a kind that it does not know, and for a file that is not there', async () => {
    const unknown = await parity(changed('unknown.safetensors', { kind: 'mystery' }));
    expect(unknown.output).toContain('unknown kind mystery; known are ');
    expect(unknown.code).toBe(1);
    const missing = await parity(join(folder, 'none.safetensors'));
    expect(missing.output).toContain('cannot be read');
    expect(missing.code).toBe(1);
  });

  it('exits with 2 and its usage without a file', async () => {
    const { code, complaint } = await parity();
    expect(complaint).toContain('usage: npm run parity -- FILE...');
    expect(code).toBe(2);
  });
});
