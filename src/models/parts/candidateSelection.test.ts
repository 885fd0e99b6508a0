import { expect, it } from 'vitest';
import { compile, concat, floatTensor, type HostTensor, input } from '../../engine/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { largestOfCandidate, placesAlong } from './candidateSelection.js';

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

it('what one cell of a candidate knows reaches all of it, and no other candidate', async () => {
  const rows = [
    'aaaaaaaaaaaa....', //
    '...........a....',
    'bb..aaaaaaaa..cc',
    'bb............cc',
  ];
  const [height, width] = [rows.length, rows[0].length];
  const cells = [...rows.join('')];
  const own = cells.map((_, at) => ((at * 37) % 50) / 50);
  const isCandidate = input('candidates', [1, 1, height, width]);
  const twice = concat([input('values', [1, 1, height, width]), isCandidate], 1);
  const compiled = await compile({ largest: largestOfCandidate(twice, isCandidate) }, { runtime: onnxruntimeNode });
  const shape = [1, 1, height, width];
  const { largest } = (await compiled.run({
    values: floatTensor(Float32Array.from(own), shape),
    candidates: floatTensor(
      Float32Array.from(cells, (cell) => Number(cell !== '.')),
      shape,
    ),
  })) as Record<string, HostTensor>;
  await compiled.release();
  const most = (name: string): number => Math.max(...own.filter((_, at) => cells[at] === name));
  const expected = cells.map((cell) => (cell === '.' ? 0 : most(cell)));
  const found = [...(largest.data as Float32Array)];
  for (const [at, value] of expected.entries()) expect(found[at]).toBeCloseTo(value, 6);
  expect(found.slice(cells.length)).toEqual(cells.map((cell) => Number(cell !== '.')));
});
