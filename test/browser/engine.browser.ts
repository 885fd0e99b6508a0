import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxruntimeNode } from '../../src/runtimes/onnxruntimeNode.js';
import { type OpenPage, openPage } from './chromiumPage.js';
import { buildNanoModel } from './nanoModel.js';
import type { GraphName, PageResult } from './page/main.js';
import { buildSmallNetwork, runGraphs } from './smallNetwork.js';

let open: OpenPage;
beforeAll(async () => {
  open = await openPage(join(import.meta.dirname, 'page'));
}, 120_000);
afterAll(() => open?.close());

/** Each result's difference is measured against its largest number, or against 1 % of the largest of all gradients. */
const cases: readonly [GraphName, number, number][] = [
  ['smallNetwork', 1, 1e-5],
  ['smallNetwork', 2, 1e-5],
  ['nanoModel', 1, 2e-4],
];

describe('a graph in Chromium', () => {
  it.each(cases)(
    'runs forward and one training step as in Node: %s, %i thread(s)',
    async (name, threads, tolerance) => {
      await open.reload();
      const result = await open.page.evaluate<PageResult, [GraphName, number]>(
        ([graphs, count]) => window.runTestGraphs(graphs, count),
        [name, threads],
      );
      expect(open.errors).toEqual([]);
      const graphs = name === 'smallNetwork' ? buildSmallNetwork() : buildNanoModel();
      const same = (got: string, want: Uint8Array): boolean => Buffer.from(got, 'base64').equals(want);
      expect(same(result.graphs.forward, graphs.forward.graph.model), 'the forward graph, byte by byte').toBe(true);
      expect(same(result.graphs.step, graphs.step.graph.model), 'the training step, byte by byte').toBe(true);

      const wanted = await runGraphs(onnxruntimeNode, graphs);
      expect(Object.keys(result.outputs)).toEqual(Object.keys(wanted));
      const magnitude = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const floor = 0.01 * Math.max(...Object.values(wanted).map(magnitude));
      let live = 0;
      for (const [output, values] of Object.entries(wanted)) {
        const got = new Float32Array(Uint8Array.from(Buffer.from(result.outputs[output], 'base64')).buffer);
        const apart = values.reduce((most, value, index) => Math.max(most, Math.abs(value - got[index])), 0);
        expect(apart, output).toBeLessThanOrEqual(tolerance * Math.max(magnitude(values), floor));
        if (magnitude(values) > 0) live += 1;
      }
      expect(live / Object.keys(wanted).length, 'the share of results that are not all zero').toBeGreaterThan(0.9);
    },
  );

  it('is cross-origin isolated, so that threads are real', async () => {
    expect(await open.page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
  });
});
