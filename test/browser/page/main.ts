/// <reference types="vite/client" />
import mjs from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import { onnxruntimeWeb } from '../../../src/runtimes/onnxruntimeWeb.js';
import { buildNanoModel } from '../nanoModel.js';
import { buildSmallNetwork, runGraphs } from '../smallNetwork.js';

/** What the page computed, as text for the test outside: bytes in base64. */
export interface PageResult {
  readonly graphs: { readonly forward: string; readonly step: string };
  readonly outputs: Readonly<Record<string, string>>;
}

export type GraphName = 'smallNetwork' | 'nanoModel';

declare global {
  interface Window {
    runTestGraphs(name: GraphName, threads: number): Promise<PageResult>;
  }
}

function base64(data: Uint8Array | Float32Array): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

window.runTestGraphs = async (name, threads) => {
  const graphs = name === 'smallNetwork' ? buildSmallNetwork() : buildNanoModel();
  const results = await runGraphs(onnxruntimeWeb(ort, { threads, wasmPaths: { wasm, mjs } }), graphs);
  return {
    graphs: { forward: base64(graphs.forward.graph.model), step: base64(graphs.step.graph.model) },
    outputs: Object.fromEntries(Object.entries(results).map(([output, values]) => [output, base64(values)])),
  };
};
document.title = 'ready';
