import type { Env, InferenceSession, InferenceSessionFactory, TensorConstructor } from 'onnxruntime-common';
import type { Runtime, RuntimeOptions } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { keptOutputs } from './keptOutputs.js';
import { createOrtSession } from './ortSession.js';

/** The parts of onnxruntime-web that the adapter uses: `import * as ort from 'onnxruntime-web/wasm'` (or `/webgpu`). */
export interface OnnxruntimeWebModule {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
  readonly env: Env;
}

export interface OnnxruntimeWebOptions {
  /** Threads of all sessions; more than one needs a page that is cross-origin isolated. 1 by default. */
  readonly threads?: number;
  /**
   * Where ONNX Runtime's own files lie: a folder's address, or those of the two files. A bundled page with several
   * threads needs it, because each thread loads the .mjs by itself.
   */
  readonly wasmPaths?: string | { readonly wasm: string; readonly mjs: string };
}

function sessionOptions(options: RuntimeOptions): InferenceSession.SessionOptions {
  const { optimisation = 'all', memoryPattern = true, memoryArena = true } = options;
  const [wanted = 'cpu'] = options.providers ?? [];
  const external = Object.entries(options.externalData ?? {}).map(([path, data]) => ({ path, data }));
  return {
    // The page's CPU is WebAssembly.
    executionProviders: wanted === 'cpu' ? ['wasm'] : [wanted, 'wasm'],
    graphOptimizationLevel: optimisation === 'none' ? 'disabled' : optimisation,
    enableMemPattern: memoryPattern,
    enableCpuMemArena: memoryArena,
    logSeverityLevel: 3,
    ...(external.length > 0 ? { externalData: external } : {}),
    ...keptOutputs(options),
  };
}

/**
 * ONNX Runtime in a web page: WebAssembly everywhere, WebGPU with the module `onnxruntime-web/webgpu`. Threads are
 * chosen once for the page, not for each session.
 * @param ort the module, chosen by the page so that its bundle holds no more than it needs
 */
export function onnxruntimeWeb(ort: OnnxruntimeWebModule, options: OnnxruntimeWebOptions = {}): Runtime {
  ort.env.wasm.numThreads = options.threads ?? 1;
  if (options.wasmPaths !== undefined) ort.env.wasm.wasmPaths = options.wasmPaths;
  return {
    name: 'onnxruntime-web',
    async createSession(model, chosen) {
      const settings = sessionOptions(chosen);
      try {
        const created =
          typeof model === 'string'
            ? await ort.InferenceSession.create(model, settings)
            : await ort.InferenceSession.create(model, settings);
        return createOrtSession(created, ort.Tensor, chosen.providers);
      } catch (error) {
        const [wanted = 'cpu'] = chosen.providers ?? [];
        if (wanted === 'cpu') throw error;
        throw new UserError(
          `${wanted} cannot be used in this page: ${(error as Error).message}; use providers: ['cpu']`,
          { cause: error },
        );
      }
    },
  };
}
