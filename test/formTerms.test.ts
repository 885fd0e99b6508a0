import { describe, expect, it } from 'vitest';
import { formScenesSchema, formTerms } from '../scripts/formTerms.js';
import { colourNames, createTally, defaultMix, describeScene, type Form } from '../src/generator/index.js';
import { readTerms } from '../src/models/parts/readTerms.js';
import { createRandom } from '../src/random/index.js';
import { randomScene } from './generator/randomScene.js';

type Things = Extract<Form, { form: 'the' }>['things'];

const things = (category: string, more: Partial<Things> = {}): Things => ({
  noun: category,
  categories: [category],
  mayBe: [],
  tests: [],
  ...more,
});

describe('the terms of a form', () => {
  const told = (form: Form): Record<string, string[]> => {
    const { targets, anchors, terms, anchorTerms } = formTerms(form);
    return {
      targets: [...targets],
      anchors: [...anchors],
      terms: [...terms].sort(),
      anchorTerms: [...anchorTerms].sort(),
    };
  };

  it('are those of what is meant, apart from those of what it is measured against', () => {
    const longBridge = things('bridge', { pick: { pick: 'bySize', size: 'large', rank: 1 } });
    const form: Form = {
      form: 'the',
      things: things('ship', {
        tests: [
          { test: 'colour', colour: 'red' },
          { test: 'relation', relation: 'near', anchor: { anchor: 'the', things: longBridge } },
        ],
        pick: { pick: 'fromSide', side: 'left', rank: 2 },
      }),
    };
    expect(told(form)).toEqual({
      targets: ['ship'],
      anchors: ['bridge'],
      terms: ['left 2', 'near', 'red'],
      anchorTerms: ['largest 1'],
    });
  });

  it('are ruled out behind "not" and "but"', () => {
    const form: Form = {
      form: 'except',
      things: things('car', { tests: [{ test: 'not', of: { test: 'place', place: 'left' } }] }),
      but: things('car', { pick: { pick: 'nearest', to: things('road') } }),
    };
    expect(told(form)).toEqual({
      targets: ['car'],
      anchors: ['road'],
      terms: ['no at left', 'no nearest'],
      anchorTerms: [],
    });
  });

  it('of several phrases are all of theirs', () => {
    const form: Form = {
      form: 'union',
      parts: [
        { form: 'the', things: things('ship', { pick: { pick: 'mostCentral' } }) },
        { form: 'all', things: things('car') },
      ],
    };
    expect(told(form)).toEqual({
      targets: ['ship', 'car'],
      anchors: [],
      terms: ['mostCentral', 'union'],
      anchorTerms: [],
    });
  });
});

it('every term of generated sentences is one that is read, but for ranks beyond those that are counted', () => {
  const known = new Set(readTerms);
  const unread = new Set<string>();
  const met = new Set<string>();
  const tally = createTally();
  for (let seed = 0; seed < 60; seed++) {
    const { scene } = randomScene(seed);
    const options = { sentences: 40, mix: defaultMix, tally, minAreaPx: 12 };
    for (const { form } of describeScene(scene, options, createRandom(seed, 'terms'))) {
      const { terms, anchorTerms } = formTerms(form);
      for (const term of [...terms, ...anchorTerms]) (known.has(term) ? met : unread).add(term);
    }
  }
  expect([...unread].filter((term) => !/^(no )?(left|right|top|bottom|largest|smallest) \d+$/.test(term))).toEqual([]);
  expect(met.size).toBeGreaterThan(80);
});

it('the colours that are read are those that the generator paints with', () => {
  const first = readTerms.indexOf(colourNames[0]);
  expect(readTerms.slice(first, first + colourNames.length)).toEqual([...colourNames]);
});

it('scenes without forms are refused', () => {
  const scenes = (form: unknown) => ({
    scenes: [{ split: 'val', sentences: [{ sentenceId: 1, sentence: 'a', construct: 'b', form }] }],
  });
  expect(formScenesSchema.safeParse(scenes({ form: 'the', things: things('ship') })).success).toBe(true);
  expect(formScenesSchema.safeParse(scenes({ form: 'the' })).success).toBe(false);
  expect(formScenesSchema.safeParse(scenes(null)).success).toBe(false);
});
