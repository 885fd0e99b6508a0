import { describe, expect, it } from 'vitest';
import { compositeCases } from './compositeCases.js';
import { operatorCases } from './operatorCases.js';
import { countDifferentResults } from './sameBits.js';

describe('ten runs on two threads give identical bits', () => {
  for (const [name, own] of [...Object.entries(operatorCases), ...Object.entries(compositeCases)]) {
    it(name, async () => expect(await countDifferentResults(name, own, 10)).toBe(1));
  }
});
