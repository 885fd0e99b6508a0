import { describe, expect, it } from 'vitest';
import { modelInfoCommand } from './modelInfo.js';
import { modelListCommand } from './modelList.js';
import { runForTest } from './testIo.js';

const commands = [modelInfoCommand, modelListCommand];

describe('refersat model info', () => {
  it('prints parameters, operations and memory part by part', async () => {
    const { code, stdout } = await runForTest(commands, ['model', 'info', 'mrsnet', '--size', '64']);
    expect(code).toBe(0);
    for (const word of ['text encoder', 'stage 4 IFIM', 'HFIM', 'decoder', 'no-target head', 'multiply-adds'])
      expect(stdout).toContain(word);
  });

  it('says which categories a shipped model knows by its prior', async () => {
    const { code, stdout } = await runForTest(commands, 'model info open --size 64'.split(' '));
    expect(code).toBe(0);
    expect(stdout).toMatch(/categories +airplane, /);
    expect(stdout).toContain('category prior');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(120);
  });

  it('gives the same as JSON', async () => {
    const { code, stdout } = await runForTest(commands, 'model info rmsin --preset nano --size 64 --json'.split(' '));
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { parameters: number; parts: { part: string; parameters: number }[] };
    expect(report).toMatchObject({ name: 'rmsin', model: 'rmsin', preset: 'nano', imageSizePx: 64 });
    expect(report.parts.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(report.parameters);
  });

  it('says what a name may be', async () => {
    const missing = await runForTest(commands, ['model', 'info', './nowhere']);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('neither a shipped model');
    const preset = await runForTest(commands, ['model', 'info', './nowhere', '--preset', 'nano']);
    expect(preset.code).toBe(2);
  });
});

describe('refersat model list', () => {
  it('names every architecture', async () => {
    const { code, stdout } = await runForTest(commands, ['model', 'list', '--json']);
    expect(code).toBe(0);
    const { registry } = JSON.parse(stdout) as { registry: { name: string }[] };
    expect(registry.map(({ name }) => name).sort()).toEqual(['lavt', 'lgce', 'mrsnet', 'rmsin', 'sbanet']);
    expect((await runForTest(commands, ['model', 'list'])).stdout).toContain('trained models');
  });
});
