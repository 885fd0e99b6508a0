import { expect, it } from 'vitest';
import { compile, constant, type HostTensor } from '../../engine/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { placeTruths } from './placeTruths.js';
import { readPlaces } from './readTerms.js';

/** Places of things of a size, as boxes: middles (0 to 1) and the places that hold. */
const cases: readonly (readonly [x: number, y: number, holds: string])[] = [
  [0.05, 0.05, 'left top topLeft corner topLeftCorner leftEdge topEdge'],
  [0.95, 0.95, 'right bottom bottomRight corner bottomRightCorner rightEdge bottomEdge'],
  [0.95, 0.05, 'right top topRight corner topRightCorner rightEdge topEdge'],
  [0.05, 0.95, 'left bottom bottomLeft corner bottomLeftCorner leftEdge bottomEdge'],
  [0.5, 0.5, 'centre'],
  [0.5, 0.15, 'top topCentre'],
  [0.5, 0.85, 'bottom bottomCentre'],
  [0.15, 0.5, 'left leftCentre'],
  [0.85, 0.5, 'right rightCentre'],
];

it('a thing is at the places that hold its middle, its corner or its edge, and at no other', async () => {
  const size = 0.1;
  const channels = [
    cases.map(([x]) => 2 * x - 1),
    cases.map(([, y]) => 2 * y - 1),
    cases.map(() => 2 * size),
    cases.map(() => 2 * size),
  ];
  const box = constant(channels.flat(), [1, 4, 1, cases.length]);
  const compiled = await compile({ truths: placeTruths(box) }, { runtime: onnxruntimeNode });
  const { truths } = (await compiled.run({})) as Record<string, HostTensor>;
  await compiled.release();
  expect(truths.shape).toEqual([1, readPlaces.length, 1, cases.length]);
  for (const [thing, [x, y, holds]] of cases.entries()) {
    const told = readPlaces.filter((_, place) => Number(truths.data[place * cases.length + thing]) > 0.5);
    expect([...told].sort().join(' '), `a thing at ${x}, ${y}`).toBe(holds.split(' ').sort().join(' '));
  }
});
