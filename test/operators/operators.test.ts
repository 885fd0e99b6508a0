import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operator } from '../../src/engine/index.js';
import { type OperatorName, type OperatorTable, operatorTable } from '../../src/engine/operators/table.js';
import { fromGenerator, type OperatorCase, tolerances } from './cases.js';
import { compositeCases } from './compositeCases.js';
import { compareSlopes, compileSample, runSample } from './gradientCheck.js';
import { operatorCases } from './operatorCases.js';

async function checkCase(name: string, { family, noGradient, sample: make }: OperatorCase): Promise<void> {
  const property = fc.asyncProperty(fc.gen(), fc.nat(1e6), async (generate, seed) => {
    const sample = make(fromGenerator(generate));
    const checked = await compileSample(sample, seed, noGradient === undefined);
    const about = `${name} of ${sample.inputs.map(({ shape }) => `[${shape}]`).join(' x ')}`;
    try {
      const { output0 } = await runSample(checked);
      if (sample.reference) {
        const plain = sample.inputs.map(({ shape }, index) => ({ shape, data: checked.elements[index] }));
        const want = sample.reference(...plain);
        expect(output0.data.length, `${about}: elements`).toBe(want.length);
        for (const [place, value] of (output0.data as Float32Array).entries()) {
          const allowed = 2e-5 * (1 + Math.abs(want[place]));
          expect(Math.abs(value - want[place]), `${about}: element ${place}, want ${want[place]}`).toBeLessThan(
            allowed,
          );
        }
      }
      if (noGradient !== undefined) return;
      const { analytic, numeric, scale } = await compareSlopes(checked, seed);
      const deviation = Math.abs(analytic - numeric) / Math.max(scale, 1e-3);
      expect(deviation, `${about}: the gradient says ${analytic}, the differences ${numeric}`).toBeLessThan(
        tolerances[family],
      );
    } finally {
      await checked.function.release();
    }
  });
  await fc.assert(property, { numRuns: 12, seed: 7 });
}

describe('every operator agrees with its plain reference and with central differences', () => {
  for (const name of Object.keys(operatorTable) as OperatorName[]) {
    it(name, () => checkCase(name, operatorCases[name]));
  }
});

describe('every composite agrees with its plain reference and with central differences', () => {
  for (const [name, own] of Object.entries(compositeCases)) it(name, () => checkCase(name, own));
});

describe('the table of operators', () => {
  it('holds every record of the operators folder under its name', async () => {
    const folder = join(dirname(fileURLToPath(import.meta.url)), '../../src/engine/operators');
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
    const missing: string[] = [];
    for (const file of files) {
      const exported = (await import(join(folder, file))) as Record<string, unknown>;
      for (const [key, value] of Object.entries(exported)) {
        if (!key.endsWith('Operator')) continue;
        const { name } = value as Operator<unknown>;
        expect(key, `${basename(file)} exports ${key}`).toBe(`${name}Operator`);
        if ((operatorTable as Record<string, unknown>)[name] !== value) missing.push(`${file}: ${key}`);
      }
    }
    expect(missing, 'records that src/engine/operators/table.ts does not list').toEqual([]);
  });

  it('says why there is no gradient wherever a case checks none', () => {
    for (const name of Object.keys(operatorTable) as OperatorName[]) {
      const own: OperatorCase = operatorCases[name];
      if ('because' in operatorTable[name].gradient) expect(own.noGradient, name).toBeDefined();
    }
  });

  it('does not compile with a hole', () => {
    const { abs: _abs, ...withoutAbs } = operatorTable;
    // @ts-expect-error a missing operator is an error of the type checker
    const table: OperatorTable = withoutAbs;
    const { gradient: _gradient, ...withoutGradient } = operatorTable.relu;
    // @ts-expect-error a record without a gradient rule is one too
    const record: Operator<null> = withoutGradient;
    expect([table, record]).toHaveLength(2);
  });
});
