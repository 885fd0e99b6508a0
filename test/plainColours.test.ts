import { expect, it } from 'vitest';
import { colourNames } from '../src/generator/index.js';
import { pixelColour } from '../src/generator/objectColour.js';
import { paints } from '../src/models/parts/candidateColours.js';

it('the colours that the selection begins with are those that the generator names, in its order', () => {
  const named = paints.map(([red, green, blue]) => pixelColour(255 * red, 255 * green, 255 * blue));
  expect(named).toEqual([...colourNames]);
});
