import { describe, expect, it } from 'vitest';
import { nwpuReferCategories } from '../datasets/index.js';
import { vocabularyOf } from './nouns.js';
import { nounFromName, nounTable, regularPlural } from './nounTable.js';

describe('nouns', () => {
  it('have English and Chinese words for every category of NWPU-Refer, NWPU VHR-10 and iSAID', () => {
    const others = ['vehicle', 'harbor', 'baseball diamond', 'Small_Vehicle', 'large-vehicle', 'soccer ball field'];
    const categories = [...nwpuReferCategories.filter((name) => name !== 'no target'), ...others, 'roundabout'];
    const vocabulary = vocabularyOf(categories);
    for (const category of categories) {
      const nouns = vocabulary.nounsOf(category);
      expect(
        nouns.some(({ chinese, english }) => chinese.length > 0 && english.length > 0),
        category,
      ).toBe(true);
      expect(
        nouns.some((noun) => vocabulary.things(noun).categories.includes(category)),
        category,
      ).toBe(true);
    }
  });

  it('have keys of their own', () => {
    const keys = nounTable.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('are several for one word: a car may be among the vehicles', () => {
    const vocabulary = vocabularyOf(['car', 'vehicle', 'truck']);
    const car = vocabulary.nounsOf('car').find(({ key }) => key === 'car');
    expect(car && vocabulary.things(car)).toEqual({ noun: 'car', categories: ['car'], mayBe: ['vehicle'] });
    const all = vocabulary.nounsOf('car').find(({ isHypernym }) => isHypernym);
    expect(all && [...vocabulary.things(all).categories].sort()).toEqual(['car', 'truck', 'vehicle']);
  });

  it('form plurals', () => {
    const cases = { ship: 'ships', bus: 'buses', lorry: 'lorries', bench: 'benches', bay: 'bays', box: 'boxes' };
    for (const [one, many] of Object.entries(cases)) expect(regularPlural(one)).toBe(many);
  });

  it('come from unknown names, singular or plural, numbers or Chinese', () => {
    expect(nounFromName('oil platform').english).toEqual([['oil platform', 'oil platforms']]);
    expect(nounFromName('buildings').english).toEqual([['building', 'buildings']]);
    expect(nounFromName('glass').english).toEqual([['glass', 'glasses']]);
    expect(nounFromName('3').english).toEqual([['class 3 object', 'class 3 objects']]);
    expect(nounFromName('冰山')).toMatchObject({ english: [], chinese: ['冰山'] });
  });
});
