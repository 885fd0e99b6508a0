import { expect, it } from 'vitest';
import { compile, concat, floatTensor, type HostTensor, input } from '../../engine/index.js';
import { createRandom } from '../../random/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { largestOfCandidate } from './largestOfCandidate.js';

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

it('reaches through wide candidates of a hundred cells, of odd sizes too, and past none that is a cell away', async () => {
  const [height, width] = [67, 101];
  const random = createRandom('largest of candidate');
  const cells = Array.from({ length: height * width }, (_, at) => {
    const [row, column] = [Math.floor(at / width), at % width];
    if (row < 30) return 'a';
    if (row === 30) return '.';
    return column < 50 ? 'b' : column === 50 ? '.' : 'c';
  });
  const own = cells.map(() => random.next());
  const shape = [1, 1, height, width];
  const isCandidate = input('candidates', shape);
  const compiled = await compile(
    { largest: largestOfCandidate(input('values', shape), isCandidate) },
    { runtime: onnxruntimeNode },
  );
  const { largest } = (await compiled.run({
    values: floatTensor(Float32Array.from(own), shape),
    candidates: floatTensor(
      Float32Array.from(cells, (cell) => Number(cell !== '.')),
      shape,
    ),
  })) as Record<string, HostTensor>;
  await compiled.release();
  for (const name of ['a', 'b', 'c']) {
    const most = Math.max(...own.filter((_, at) => cells[at] === name));
    const told = Array.from(largest.data as Float32Array).filter((_, at) => cells[at] === name);
    expect(Math.min(...told), name).toBeCloseTo(most, 6);
    expect(Math.max(...told), name).toBeCloseTo(most, 6);
  }
});
