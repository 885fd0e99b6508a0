import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';

/** An execution provider as this machine has it. */
export interface ProviderReport {
  readonly name: string;
  readonly works: boolean;
  /** Time of one run of a tiny graph after a first one, or null when it does not work. */
  readonly milliseconds: number | null;
  /** Why it does not work. */
  readonly problem: string | null;
  /** What to do about it. */
  readonly advice: string | null;
}

const cudaAdvice =
  'on Linux x64 with an NVIDIA GPU, CUDA 12 and cuDNN 9: ' +
  'ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js (downloads from nuget.org); for CUDA 13 see "On a GPU" in docs/training.md';
const webgpuAdvice = 'needs a GPU with a Vulkan, Metal or Direct3D 12 driver (Debian: apt-get install libvulkan1)';

/** Providers worth a try on a system, with what to do where they fail. */
export function candidateProviders(platform: NodeJS.Platform): readonly { name: string; advice: string | null }[] {
  const own: Partial<Record<NodeJS.Platform, { name: string; advice: string | null }>> = {
    linux: { name: 'cuda', advice: cudaAdvice },
    darwin: { name: 'coreml', advice: 'comes with macOS; update the system' },
    win32: { name: 'dml', advice: 'needs a Direct3D 12 driver' },
  };
  const cpu = { name: 'cpu', advice: 'reinstall onnxruntime-node: npm ci' };
  const system = own[platform];
  return [cpu, { name: 'webgpu', advice: webgpuAdvice }, ...(system ? [system] : [])];
}

/**
 * Runs in a process of its own: a native provider that is missing half its libraries may print, or end the process.
 * Reads the model from stdin, runs y = x x for a 64 x 64 matrix of ones, prints the time.
 */
const probe = `
  const chunks = [];
  process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', async () => {
    try {
      const ort = require(process.argv[1]);
      const options = { executionProviders: [process.argv[2]], logSeverityLevel: 4 };
      const session = await ort.InferenceSession.create(Buffer.concat(chunks), options);
      const x = new ort.Tensor('float32', new Float32Array(4096).fill(1), [64, 64]);
      await session.run({ x });
      const start = performance.now();
      const { y } = await session.run({ x });
      const milliseconds = performance.now() - start;
      const wrong = y.data.findIndex((value) => value !== 64);
      if (wrong >= 0) throw new Error('a product of matrices came out as ' + y.data[wrong] + ' instead of 64');
      process.stdout.write(JSON.stringify({ milliseconds }));
    } catch (error) {
      process.stdout.write(JSON.stringify({ problem: String(error.message).split('\\n')[0] }));
    }
    process.exit(0);
  });`;

/** The native library's message without the place in its source that it was raised at. */
const withoutSource = (message: string): string => message.replace(/^\/\S+:\d+ .*?(?:was false\. |\) )/, '');

interface ProbeResult {
  readonly milliseconds?: number;
  readonly problem?: string;
}

function runProbe(provider: string, model: Uint8Array, signal: AbortSignal): Promise<ProbeResult> {
  const runtime = createRequire(import.meta.url).resolve('onnxruntime-node');
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['-e', probe, runtime, provider],
      { timeout: 60_000, signal },
      (error, output) => {
        try {
          resolve(JSON.parse(output) as ProbeResult);
        } catch {
          resolve({ problem: `the test run ended without a word${error?.signal ? ` by ${error.signal}` : ''}` });
        }
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(model);
  });
}

/** Tries one provider with a real run. */
export async function tryProvider(
  { name, advice }: { readonly name: string; readonly advice: string | null },
  model: Uint8Array,
  signal: AbortSignal,
): Promise<ProviderReport> {
  const { milliseconds, problem } = await runProbe(name, model, signal);
  signal.throwIfAborted();
  if (milliseconds !== undefined) return { name, works: true, milliseconds, problem: null, advice: null };
  return { name, works: false, milliseconds: null, problem: withoutSource(problem ?? 'no answer'), advice };
}
