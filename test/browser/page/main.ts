/// <reference types="vite/client" />
import mjs from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import type { HostTensor } from '../../../src/engine/index.js';
import { onnxruntimeWeb } from '../../../src/runtimes/onnxruntimeWeb.js';
import { buildSmallNetwork, feedsOf } from '../smallNetwork.js';

/** What the page computed, as plain numbers for the test outside. */
export interface PageResult {
  readonly bytes: { readonly forward: readonly number[]; readonly step: readonly number[] };
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly milliseconds: number;
}

declare global {
  interface Window {
    runSmallNetwork(threads: number): Promise<PageResult>;
  }
}

window.runSmallNetwork = async (threads) => {
  const runtime = onnxruntimeWeb(ort, { threads, wasmPaths: { wasm, mjs } });
  const { forward, step, feeds } = buildSmallNetwork();
  const outputs: Record<string, readonly number[]> = {};
  const start = performance.now();
  for (const graph of [forward, step]) {
    const session = await runtime.createSession(graph.model, {});
    const results = await session.run(feedsOf(graph, feeds), [...graph.outputs.keys()], {});
    for (const [name, tensor] of Object.entries(results)) {
      outputs[name] = [...((tensor as HostTensor).data as Float32Array)];
    }
    await session.release();
  }
  const milliseconds = performance.now() - start;
  return { bytes: { forward: [...forward.model], step: [...step.model] }, outputs, milliseconds };
};
document.title = 'ready';
