import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, release, totalmem } from 'node:os';
import { z } from 'zod';
import { defineCommand } from './command.js';
import { formatTable } from './datasetFlags.js';

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** The version of a package as it is installed, or null when it is not. */
function installedVersion(name: string): string | null {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string }).version;
    } catch {
      // Not in this node_modules; the next folder up may have it.
    }
  }
  return null;
}

function ownVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Under this a training step of the small presets may not fit. */
const littleMemoryMegabytes = 2048;

/** Says what this machine has and can do. */
export const doctorCommand = defineCommand({
  path: 'doctor',
  summary: 'Shows versions, processors, memory and what can compute here, each with a tiny real run.',
  flags: [{ flags: '--json', description: 'print JSON instead of text' }],
  help: `Exit code 0 when the CPU computes, which is all that refersat needs; other devices are a gain.
REFERSAT_THREADS sets how many threads an operator uses.

Example:
  refersat doctor --json`,
  schema: z.object({ json: z.boolean().default(false) }),
  async run({ json }, io) {
    const { input, matmul, serialize } = await import('../engine/index.js');
    const { defaultThreads } = await import('../runtimes/threads.js');
    const { candidateProviders, tryProvider } = await import('./doctorProviders.js');
    const x = input('x', [64, 64]);
    const { model } = serialize({ y: matmul(x, x) });
    const providers = [];
    for (const candidate of candidateProviders(process.platform)) {
      providers.push(await tryProvider(candidate, model, io.signal));
    }
    const report = {
      versions: {
        refersat: ownVersion(),
        node: process.versions.node,
        onnxruntimeNode: installedVersion('onnxruntime-node'),
        onnxruntimeWeb: installedVersion('onnxruntime-web'),
        sharp: installedVersion('sharp'),
      },
      system: `${process.platform} ${process.arch} ${release()}`,
      processors: {
        model: cpus()[0]?.model ?? 'unknown',
        logical: availableParallelism(),
        threads: defaultThreads(io.environment),
      },
      memory: { totalMegabytes: megabytes(totalmem()), freeMegabytes: megabytes(freemem()) },
      providers,
    };
    const cpuWorks = providers.some(({ name, works }) => name === 'cpu' && works);
    if (json) {
      io.stdout.write(`${JSON.stringify(report)}\n`);
      return cpuWorks ? 0 : 1;
    }
    const { versions, processors, memory } = report;
    const facts = [
      ['refersat', versions.refersat],
      ['Node', versions.node],
      ['onnxruntime-node', versions.onnxruntimeNode ?? 'missing: npm ci'],
      ['onnxruntime-web', versions.onnxruntimeWeb ?? 'missing: npm ci'],
      ['sharp', versions.sharp ?? 'missing: npm ci'],
      ['system', report.system],
      ['processors', `${processors.model}, ${processors.logical} usable; ${processors.threads} threads an operator`],
      ['memory', `${memory.totalMegabytes} MB, ${memory.freeMegabytes} MB free`],
    ];
    io.stdout.write(`${formatTable(facts)}\n\n`);
    const rows = providers.map(({ name, works, milliseconds, problem }) => [
      name,
      works ? `works (${milliseconds!.toFixed(2)} ms for a product of 64 x 64)` : `not here: ${problem}`,
    ]);
    io.stdout.write(`${formatTable(rows)}\n`);
    for (const { name, advice } of providers) if (advice) io.stdout.write(`\n${name}: ${advice}\n`);
    if (memory.totalMegabytes < littleMemoryMegabytes) {
      io.stdout.write('\nlittle memory: use the nano preset and batch 1\n');
    }
    return cpuWorks ? 0 : 1;
  },
});
