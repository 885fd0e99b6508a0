import { describe, expect, it } from 'vitest';
import { doctorCommand } from './doctor.js';
import { candidateProviders, tryProvider } from './doctorProviders.js';
import { runForTest } from './testIo.js';

describe('refersat doctor', () => {
  it('reports versions, processors, memory and a real run of each provider as JSON', async () => {
    const { code, stdout } = await runForTest([doctorCommand], ['doctor', '--json'], {
      environment: { REFERSAT_THREADS: '3' },
    });
    const report = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(report.versions.node).toBe(process.versions.node);
    expect(report.versions.onnxruntimeNode).toMatch(/^\d+\.\d+\.\d+/);
    expect(report.versions.sharp).toMatch(/^\d+\./);
    expect(report.processors).toMatchObject({ threads: 3 });
    expect(report.memory.totalMegabytes).toBeGreaterThan(0);
    const [cpu, ...others] = report.providers;
    expect(cpu).toMatchObject({ name: 'cpu', works: true, problem: null, advice: null });
    expect(cpu.milliseconds).toBeGreaterThan(0);
    for (const provider of others) {
      expect(provider.works ? provider.milliseconds : provider.advice, provider.name).toBeTruthy();
    }
  });

  it('says the same to people', async () => {
    const { code, stdout } = await runForTest([doctorCommand], ['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^refersat +\d/);
    expect(stdout).toMatch(/^cpu +works \(/m);
    expect(stdout).toMatch(/^webgpu +(works|not here)/m);
  });

  it('reports a provider that cannot compute with its reason and what to do', async () => {
    const signal = new AbortController().signal;
    const report = await tryProvider({ name: 'cpu', advice: 'reinstall' }, Uint8Array.of(1, 2, 3), signal);
    expect(report).toMatchObject({ works: false, milliseconds: null, advice: 'reinstall' });
    expect(report.problem).toBeTruthy();
    expect(candidateProviders('linux').map(({ name }) => name)).toEqual(['cpu', 'webgpu', 'cuda']);
    expect(candidateProviders('darwin').at(-1)!.name).toBe('coreml');
  });
});
