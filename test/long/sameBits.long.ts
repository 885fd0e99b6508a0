import { describe, expect, it } from 'vitest';
import { compositeCases } from '../operators/compositeCases.js';
import { operatorCases } from '../operators/operatorCases.js';
import { countDifferentResults } from '../operators/sameBits.js';

describe('two hundred runs of every gradient on two threads give identical bits', () => {
  for (const [name, own] of [...Object.entries(operatorCases), ...Object.entries(compositeCases)]) {
    it(name, async () => expect(await countDifferentResults(name, own, 200)).toBe(1));
  }
});
