import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createScope, floatTensor, type HostTensor, input, matmul, mul, ones, serialize } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { onnxruntimeNode } from './onnxruntimeNode.js';

const folder = mkdtempSync(join(tmpdir(), 'refersat-runtime-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('weights beside the graph', () => {
  const weights = Float32Array.from({ length: 12 }, (_, index) => index);
  const padded = new Uint8Array(4 + weights.byteLength);
  padded.set(new Uint8Array(weights.buffer), 4);
  const file = join(folder, 'weights.bin');
  const modelFile = join(folder, 'model.onnx');
  const { model } = serialize(
    { y: matmul(input('x', [2, 3]), createScope({ training: false }).parameter('w', [3, 4], ones)) },
    { externalWeights: new Map([['w', { file: 'weights.bin', offset: 4, length: weights.byteLength }]]) },
  );
  writeFileSync(file, padded);
  writeFileSync(modelFile, model);

  it.each([
    ['as bytes', model, { 'weights.bin': padded }],
    ['as a file named anywhere', model, { 'weights.bin': file }],
    ["in the model file's folder", modelFile, undefined],
  ])('are read: %s', async (_name, source, externalData) => {
    const session = await onnxruntimeNode.createSession(source, { externalData });
    const { y } = await session.run({ x: floatTensor(Float32Array.of(1, 0, 0, 0, 1, 0), [2, 3]) }, ['y'], {});
    expect([...(y as HostTensor).data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await session.release();
  });

  it('are missed by name', async () => {
    await expect(onnxruntimeNode.createSession(model, {})).rejects.toThrow('weights.bin');
    await expect(
      onnxruntimeNode.createSession(model, { externalData: { 'weights.bin': join(folder, 'none') } }),
    ).rejects.toThrow('none');
  });
});

describe('a device that the machine lacks', () => {
  it('is named, with what to do', async () => {
    const { model } = serialize({ y: mul(input('x', [1]), 2) });
    // CoreML and DirectML belong to other systems than the one that CI runs on.
    const absent = process.platform === 'darwin' ? 'dml' : 'coreml';
    const creation = onnxruntimeNode.createSession(model, { providers: [absent] });
    await expect(creation).rejects.toThrow(UserError);
    await expect(creation).rejects.toThrow(
      new RegExp(`the execution provider ${absent} cannot be used: .*run refersat doctor .* or use --device cpu`, 's'),
    );
  });
});
