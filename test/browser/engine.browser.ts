import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostTensor } from '../../src/engine/index.js';
import { onnxruntimeNode } from '../../src/runtimes/onnxruntimeNode.js';
import { type OpenPage, openPage } from './chromiumPage.js';
import type { PageResult } from './page/main.js';
import { buildSmallNetwork, feedsOf } from './smallNetwork.js';

let open: OpenPage;
beforeAll(async () => {
  open = await openPage(join(import.meta.dirname, 'page'));
}, 120_000);
afterAll(() => open?.close());

async function runInNode(): Promise<Record<string, Float32Array>> {
  const { forward, step, feeds } = buildSmallNetwork();
  const outputs: Record<string, Float32Array> = {};
  for (const graph of [forward, step]) {
    const session = await onnxruntimeNode.createSession(graph.model, {});
    const results = await session.run(feedsOf(graph, feeds), [...graph.outputs.keys()], {});
    for (const [name, tensor] of Object.entries(results)) outputs[name] = (tensor as HostTensor).data as Float32Array;
    await session.release();
  }
  return outputs;
}

describe('a graph in Chromium', () => {
  for (const threads of [1, 2]) {
    it(`runs forward and one training step as in Node, ${threads} thread(s)`, async () => {
      await open.reload();
      const result = await open.page.evaluate<PageResult, number>((count) => window.runSmallNetwork(count), threads);
      expect(open.errors).toEqual([]);
      const { forward, step } = buildSmallNetwork();
      expect(Uint8Array.from(result.bytes.forward), 'the forward graph, byte by byte').toEqual(
        Uint8Array.from(forward.model),
      );
      expect(Uint8Array.from(result.bytes.step), 'the training step, byte by byte').toEqual(
        Uint8Array.from(step.model),
      );
      const wanted = await runInNode();
      expect(Object.keys(result.outputs)).toEqual(Object.keys(wanted));
      for (const [name, values] of Object.entries(wanted)) {
        const got = result.outputs[name];
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const apart = values.reduce((most, value, index) => Math.max(most, Math.abs(value - got[index])), 0);
        expect(apart, name).toBeLessThanOrEqual(1e-6 + 1e-5 * largest);
        expect(largest, `${name} is not all zero`).toBeGreaterThan(0);
      }
    });
  }

  it('is cross-origin isolated, so that threads are real', async () => {
    expect(await open.page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
  });
});
