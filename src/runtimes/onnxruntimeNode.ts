import { readFileSync, statSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import type { HostTensor, Runtime, RuntimeOptions, Session, SessionTensor } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { keptOutputs } from './keptOutputs.js';
import { createOrtSession } from './ortSession.js';
import { defaultThreads } from './threads.js';
import { withOutputBarrier } from './uncopiedOutputs.js';

/** ONNX Runtime copies weights that are handed over in memory into its model, which protobuf keeps below 2 GB. */
const mostBytesInMemory = 2 ** 31 - 1;

function readWeights(path: string): Uint8Array {
  const { size } = statSync(path);
  if (size > mostBytesInMemory) {
    throw new UserError(
      `${path} holds ${size} bytes; at most ${mostBytesInMemory} can be handed over with a model in memory: ` +
        'write the model to a file in the same folder and load it by its path',
    );
  }
  return readFileSync(path);
}

/** The session options of onnxruntime-node for ours. */
function sessionOptions(options: RuntimeOptions): ort.InferenceSession.SessionOptions {
  const { optimisation = 'all', memoryPattern = true, memoryArena = true, providers = ['cpu'] } = options;
  const external = Object.entries(options.externalData ?? {}).map(([path, data]) => ({
    path,
    data: typeof data === 'string' ? readWeights(data) : data,
  }));
  return {
    executionProviders: [...providers],
    graphOptimizationLevel: optimisation === 'none' ? 'disabled' : optimisation,
    enableMemPattern: memoryPattern,
    enableCpuMemArena: memoryArena,
    logSeverityLevel: 3,
    intraOpNumThreads: options.threads ?? defaultThreads(),
    ...(external.length > 0 ? { externalData: external } : {}),
    ...keptOutputs(options),
    // Spinning threads cost a shared machine two to three times what they gain (up to 8 %).
    extra: { session: { intra_op: { allow_spinning: '0' }, set_denormal_as_zero: options.flushDenormals ? '1' : '0' } },
  };
}

/** Results of a device come back by a copy in any case. */
const extended = (model: Uint8Array, { providers = ['cpu'] }: RuntimeOptions): Uint8Array =>
  providers.every((provider) => provider === 'cpu') ? withOutputBarrier(model) : model;

/** ONNX Runtime's native library for Node: CPU everywhere, CUDA, WebGPU, CoreML or DirectML where it has them. */
export const onnxruntimeNode: Runtime = {
  name: 'onnxruntime-node',
  async createSession(model, options) {
    const wanted = options.providers?.[0] ?? 'cpu';
    const settings = sessionOptions(options);
    try {
      const created =
        typeof model === 'string'
          ? await ort.InferenceSession.create(model, settings)
          : await ort.InferenceSession.create(extended(model, options), settings);
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
