import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import type { HostTensor, Runtime, RuntimeOptions, Session, SessionTensor } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { createOrtSession } from './ortSession.js';
import { defaultThreads } from './threads.js';

/** Reads a file of any size that fits a typed array (4 GB in Node 20): readFile itself stops at 2 GB. */
function readLargeFile(path: string): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(fstatSync(file).size);
    for (let offset = 0; offset < bytes.byteLength; ) {
      const wanted = Math.min(bytes.byteLength - offset, 1 << 30);
      const read = readSync(file, bytes, offset, wanted, offset);
      if (read === 0) throw new Error(`${path} became shorter while it was read`);
      offset += read;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** The session options of onnxruntime-node for ours. */
function sessionOptions(options: RuntimeOptions): ort.InferenceSession.SessionOptions {
  const {
    optimisation = 'all',
    memoryPattern = true,
    memoryArena = true,
    keepOnDevice = [],
    providers = ['cpu'],
  } = options;
  const external = Object.entries(options.externalData ?? {}).map(([path, data]) => ({
    path,
    data: typeof data === 'string' ? readLargeFile(data) : data,
  }));
  return {
    executionProviders: [...providers],
    graphOptimizationLevel: optimisation === 'none' ? 'disabled' : optimisation,
    enableMemPattern: memoryPattern,
    enableCpuMemArena: memoryArena,
    logSeverityLevel: 3,
    intraOpNumThreads: options.threads ?? defaultThreads(),
    ...(external.length > 0 ? { externalData: external } : {}),
    ...(providers[0] === 'webgpu' && keepOnDevice.length > 0
      ? { preferredOutputLocation: Object.fromEntries(keepOnDevice.map((name) => [name, 'gpu-buffer' as const])) }
      : {}),
    // Spinning threads cost a shared machine two to three times what they gain (up to 8 %).
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

/** ONNX Runtime's native library for Node: CPU everywhere, CUDA, WebGPU, CoreML or DirectML where it has them. */
export const onnxruntimeNode: Runtime = {
  name: 'onnxruntime-node',
  async createSession(model, options) {
    const wanted = options.providers?.[0] ?? 'cpu';
    try {
      const created =
        typeof model === 'string'
          ? await ort.InferenceSession.create(model, sessionOptions(options))
          : await ort.InferenceSession.create(model, sessionOptions(options));
      return createOrtSession(created, ort.Tensor, options.providers);
    } catch (error) {
      if (wanted === 'cpu') throw error;
      throw new UserError(
        `the execution provider ${wanted} cannot be used: ${(error as Error).message}; ` +
          'run refersat doctor to see what this machine has, or use --device cpu',
        { cause: error },
      );
    }
  },
};

export type { HostTensor, Session, SessionTensor };
