import { describe, expect, it } from 'vitest';
import {
  constructsOf,
  createTally,
  defaultMix,
  describeScene,
  type GeneratedSentence,
} from '../../src/generator/index.js';
import { createRandom } from '../../src/random/index.js';
import { type DenseScene, randomScene } from './randomScene.js';
import { slowMeaning, slowWorld } from './slowEvaluator.js';

const wanted = 10_000;

/** Ten thousand sentences over random layouts, with the scenes that they are about. */
function generate(): { seed: number; made: DenseScene; sentences: GeneratedSentence[] }[] {
  const tally = createTally();
  const all: ReturnType<typeof generate> = [];
  let count = 0;
  for (let seed = 0; count < wanted; seed++) {
    const made = randomScene(seed);
    const options = { sentences: 40, mix: defaultMix, tally, minAreaPx: 12 };
    const sentences = describeScene(made.scene, options, createRandom(seed, 'test'));
    count += sentences.length;
    all.push({ seed, made, sentences });
  }
  return all;
}

const generated = generate();
const sentences = generated.flatMap((scene) => scene.sentences);

describe('ten thousand generated sentences', () => {
  it('mean what an independent slow evaluator finds in the dense masks', () => {
    const wrong: string[] = [];
    let judged = 0;
    for (const { seed, made, sentences } of generated) {
      const world = slowWorld(made);
      for (const { form, targets, sentence } of sentences) {
        judged++;
        const slow = slowMeaning(form, world);
        if (JSON.stringify(slow) !== JSON.stringify(targets)) {
          wrong.push(`seed ${seed}: "${sentence}": [${targets}], slowly ${slow}: ${JSON.stringify(form)}`);
        }
      }
    }
    expect(judged).toBeGreaterThanOrEqual(wanted);
    expect(wrong.slice(0, 10)).toEqual([]);
  });

  it('hold every kind with every construct', () => {
    const met = new Set(sentences.map(({ kind, construct }) => `${kind} ${construct}`));
    const missing = Object.entries(constructsOf).flatMap(([kind, constructs]) =>
      constructs
        .filter((construct) => construct !== 'cover' && !met.has(`${kind} ${construct}`))
        .map((name) => `${kind} ${name}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('their English', () => {
  const english = sentences.filter(({ language }) => language === 'en').map(({ sentence }) => sentence);

  /** Sentences that match a pattern of bad grammar. */
  const offending = (pattern: RegExp): string[] => english.filter((sentence) => pattern.test(sentence)).slice(0, 5);

  it('has no gaps, doubled words or leftovers', () => {
    expect(english.length).toBeGreaterThan(3000);
    expect(offending(/ {2}|^ | $| [.,]/)).toEqual([]);
    expect(offending(/undefined|null|NaN|object Object|[{}]/)).toEqual([]);
    expect(offending(/\b(\w+) \1\b/i)).toEqual([]);
    expect(offending(/\b(the|a|an|all|every|each) (the|a|an)\b/i).filter((text) => !/\ball the\b/i.test(text))).toEqual(
      [],
    );
    expect(offending(/[A-Z].*[A-Z]/).filter((text) => !/PV/.test(text))).toEqual([]);
  });

  it('has a before consonants and an before vowels', () => {
    expect(offending(/\ba [aeio]/i)).toEqual([]);
    expect(offending(/\ban [bcdfghjklmnpqrstvwxyz]/i)).toEqual([]);
  });

  it('agrees in number', () => {
    const one = 'ship|car|plane|airplane|helicopter|bridge|tank|court|building|tree|truck|bus|gizmo|pylon';
    const many = 'ships|cars|planes|airplanes|helicopters|bridges|tanks|courts|buildings|trees|trucks|buses|gizmos';
    expect(offending(new RegExp(`\\b(a|an|every|each|another|one) (\\w+ )?(${many})\\b`, 'i'))).toEqual([]);
    expect(offending(new RegExp(`\\b(all|two|three|four|five) (the |of the )?(${one})\\b(?! park)`, 'i'))).toEqual([]);
    expect(offending(new RegExp(`\\b(${one}) (that|which) are\\b`, 'i'))).toEqual([]);
    expect(offending(new RegExp(`\\b(${many}) (that|which) is\\b`, 'i'))).toEqual([]);
    expect(offending(/\ball (two|2)\b/i)).toEqual([]);
    expect(offending(/\bthere is (all|the|every|two|three)|\bthere are (a|an|the|one)\b/i)).toEqual([]);
  });

  it('is varied: few sentences are said twice, and long and short ones are there', () => {
    expect(new Set(english.map((text) => text.toLowerCase())).size).toBeGreaterThan(0.6 * english.length);
    const lengths = english.map((text) => text.split(' ').length);
    expect(lengths.filter((length) => length <= 2).length).toBeGreaterThan(0.03 * lengths.length);
    expect(lengths.filter((length) => length >= 10).length).toBeGreaterThan(0.1 * lengths.length);
  });
});

describe('their Chinese', () => {
  const chinese = sentences.filter(({ language }) => language === 'zh').map(({ sentence }) => sentence);

  it('is Chinese throughout, without gaps, doubled particles or leftovers', () => {
    expect(chinese.length).toBeGreaterThan(3000);
    const bad = /[A-Za-z{}\s]|undefined|的的|的。$|的$|在在|在位于|最最|，，|们们/;
    expect(chinese.filter((text) => bad.test(text)).slice(0, 5)).toEqual([]);
  });

  it('is varied', () => {
    expect(new Set(chinese).size).toBeGreaterThan(0.6 * chinese.length);
  });
});

describe('describeScene', () => {
  it('gives the same sentences for the same arguments', () => {
    const once = () => describeScene(randomScene(3).scene, { sentences: 12, mix: defaultMix }, createRandom(9));
    expect(once()).toEqual(once());
    const other = describeScene(randomScene(3).scene, { sentences: 12, mix: defaultMix }, createRandom(10));
    expect(other.map(({ sentence }) => sentence)).not.toEqual(once().map(({ sentence }) => sentence));
  });

  it('keeps a tally of many scenes near the mix', () => {
    const share = (kind: string): number =>
      sentences.filter((sentence) => sentence.kind === kind).length / sentences.length;
    expect(share('single')).toBeGreaterThan(0.4);
    expect(share('none')).toBeLessThan(0.25);
    const english = sentences.filter(({ language }) => language === 'en').length / sentences.length;
    expect(Math.abs(english - 0.5)).toBeLessThan(0.1);
  });

  it('writes only what the mix asks for', () => {
    const mix = {
      kinds: { single: 1, multi: 0, none: 0 },
      languages: { en: 1, zh: 0 },
      constructs: { ...defaultMix.constructs, relation: 0 },
    };
    const { scene } = randomScene(5);
    const written = describeScene(scene, { sentences: 20, mix }, createRandom(1));
    expect(written.length).toBeGreaterThan(0);
    for (const { kind, language, construct } of written) {
      expect([kind, language]).toEqual(['single', 'en']);
      expect(construct).not.toBe('relation');
    }
  });

  it('never means a thing that has only a box, is a crowd or is too small', () => {
    for (const { made, sentences } of generated) {
      const byId = new Map(made.scene.objects.map((object) => [object.id, object]));
      for (const { targets, sentence, kind } of sentences) {
        const objects = targets.map((id) => byId.get(id));
        expect(
          objects.every((object) => object?.mask && !object.crowd),
          sentence,
        ).toBe(true);
        if (kind === 'single') expect(objects[0]?.areaPx, sentence).toBeGreaterThanOrEqual(12);
      }
    }
  });
});
