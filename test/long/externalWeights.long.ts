import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createScope,
  gather,
  type HostTensor,
  input,
  integerTensor,
  serialize,
  zeros,
} from '../../src/engine/index.js';
import { onnxruntimeNode } from '../../src/runtimes/onnxruntimeNode.js';

const folder = mkdtempSync(join(tmpdir(), 'refersat-large-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** 2.5 GB of float32 in rows of 1,000, all zero but some: a sparse file, which takes little of the disk. */
const rows = 625_000;
const width = 1000;

describe('weights above 2 GB', () => {
  const weightsFile = join(folder, 'weights.bin');
  const modelFile = join(folder, 'model.onnx');
  const file = openSync(weightsFile, 'w');
  ftruncateSync(file, rows * width * 4);
  for (const row of [0, 540_000, rows - 1]) {
    writeSync(file, new Uint8Array(Float32Array.of(row + 0.5).buffer), 0, 4, row * width * 4);
  }
  closeSync(file);
  const table = createScope({ training: false }).parameter('table', [rows, width], zeros);
  const { model } = serialize(
    { y: gather(table, input('ids', [3], 'int64'), 0) },
    { externalWeights: new Map([['table', { file: 'weights.bin', offset: 0, length: rows * width * 4 }]]) },
  );
  writeFileSync(modelFile, model);

  it('are read to the last row beside the model file', async () => {
    expect(model.byteLength).toBeLessThan(10_000);
    const session = await onnxruntimeNode.createSession(modelFile, {});
    const { y } = await session.run({ ids: integerTensor([rows - 1, 540_000, 0], [3]) }, ['y'], {});
    const values = (y as HostTensor).data;
    expect([values[0], values[width], values[2 * width]]).toEqual([rows - 0.5, 540_000.5, 0.5]);
    await session.release();
  });

  it('are refused before they are read when the model is in memory', async () => {
    await expect(
      onnxruntimeNode.createSession(model, { externalData: { 'weights.bin': weightsFile } }),
    ).rejects.toThrow(
      'weights.bin holds 2500000000 bytes; at most 2147483647 can be handed over with a model in memory',
    );
  });
});
