import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { compile, floatTensor, gradients, type HostTensor, input, mul, sum, type Value } from '../src/engine/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/engine.md'), 'utf8');
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]);
const folder = mkdtempSync(join(tmpdir(), 'refersat-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Imports a block of the page, with the package's name standing for its sources. */
async function importBlock(index: number): Promise<Record<string, unknown>> {
  const source = (name: string) => pathToFileURL(join(root, 'src', name, 'index.ts')).href;
  const file = join(folder, `block${index}.ts`);
  const code = blocks[index].replaceAll("'refersat/engine'", `'${source('engine')}'`);
  writeFileSync(file, code.replaceAll("'refersat'", `'${source('.')}'`));
  return import(/* @vite-ignore */ pathToFileURL(file).href);
}

describe('docs/engine.md', () => {
  it('trains its network, in about 40 lines', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await importBlock(0);
    const lines = log.mock.calls.map(([line]) => String(line));
    log.mockRestore();
    expect(lines).toHaveLength(4);
    const losses = lines.map((line) => Number(/loss ([\d.]+)$/.exec(line)![1]));
    expect(losses[3]).toBeLessThan(0.25 * losses[0]);
    const code = blocks[0].split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//'));
    expect(code.length).toBeLessThanOrEqual(42);
  });

  it('adds an operator whose gradient agrees with central differences', async () => {
    const { elu } = (await importBlock(1)) as { elu: (x: Value, alpha?: number) => Value };
    const x = input('x', [6]);
    const loss = sum(mul(elu(x, 1.5), mul(x, 0.3)));
    const compiled = await compile({ loss, slope: gradients(loss, [x])[0]! }, { runtime: onnxruntimeNode });
    const at = async (values: Float32Array) =>
      (await compiled.run({ x: floatTensor(values, [6]) })) as Record<string, HostTensor>;
    const data = Float32Array.of(-2, -0.7, -0.1, 0.2, 1, 3);
    const { slope } = await at(data);
    for (let index = 0; index < 6; index++) {
      const shifted = (by: number) => data.map((value, place) => (place === index ? value + by : value));
      const difference =
        Number((await at(shifted(0.01))).loss.data[0]) - Number((await at(shifted(-0.01))).loss.data[0]);
      expect(Number(slope.data[index])).toBeCloseTo(difference / 0.02, 3);
    }
    await compiled.release();
    expect(() => elu(input('ids', [2], 'int64'))).toThrow('elu: int64 [2]: expected float32, got int64');
  });
});
