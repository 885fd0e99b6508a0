import { expect, it } from 'vitest';
import { compile, floatTensor, type HostTensor, input } from '../../engine/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { placesAlong } from './placesAlong.js';

it('a place knows where it lies among the candidates', async () => {
  const lines = [
    [0, 2, 0, 0, 1, 1],
    [0, 0, 0, 0, 0, 0],
  ];
  const places = placesAlong(input('mass', [2, 1, 1, 6]));
  const compiled = await compile({ places }, { runtime: onnxruntimeNode });
  const mass = floatTensor(Float32Array.from(lines.flat()), [2, 1, 1, 6]);
  const found = (await compiled.run({ mass })).places as HostTensor;
  await compiled.release();
  expect(found.shape).toEqual([2, 5, 1, 6]);

  const coordinates = [-5, -3, -1, 1, 3, 5].map((sixths) => sixths / 6);
  const expected = lines.flatMap((line) => {
    const total = line.reduce((sum, value) => sum + value, 0) + 0.5;
    const mean = line.reduce((sum, value, at) => sum + value * coordinates[at], 0) / total;
    const variance = line.reduce((sum, value, at) => sum + value * (coordinates[at] - mean) ** 2, 0) / total;
    const before = line.map((own, at) => (line.slice(0, at).reduce((sum, value) => sum + value, 0) + own / 2) / total);
    return [
      coordinates,
      coordinates.map((at) => Math.tanh((at - mean) / (2 * Math.sqrt(variance + 1e-3)))),
      before,
      before.map((share) => Math.log(share + 0.01) / 2),
      before.map((share) => Math.log(1 - share + 0.01) / 2),
    ].flat();
  });
  expect(found.data).toHaveLength(expected.length);
  for (const [at, value] of expected.entries()) expect(found.data[at]).toBeCloseTo(value, 4);
});
