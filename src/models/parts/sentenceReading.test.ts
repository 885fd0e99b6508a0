import { expect, it } from 'vitest';
import {
  compile,
  concat,
  constant,
  createScope,
  floatTensor,
  gradients,
  type HostTensor,
  initialise,
  square,
  sum,
  type Value,
} from '../../engine/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { readTerms, termsOf, unionOf } from './readTerms.js';
import { sentenceReading } from './sentenceReading.js';

const classes = 3;

/** What is read of word numbers with a number for the padding behind them, and how far each parameter's gradient is from 0. */
async function readingOf(words: readonly number[], padding: number) {
  const length = 8;
  const blank = Array<number>(length - words.length).fill(padding);
  const ids = constant([...words, ...blank], [1, length], 'int64');
  const mask = constant([...words.map(() => 1), ...blank.map(() => 0)], [1, length, 1]);
  const scope = createScope({ training: false });
  const { targets, anchors, terms, anchorTerms } = sentenceReading(scope, { ids, mask, vocabularySize: 12 }, classes, {
    width: 16,
  });
  const all = concat([targets, anchors, terms, anchorTerms], 1);
  const parameters = [...scope.declared.parameters.values()];
  const slopes = gradients(
    sum(square(all)),
    parameters.map(({ value }) => value),
  );
  const named = parameters.map(({ name }, index): [string, Value] => [`slope.${name}`, sum(square(slopes[index]!))]);
  const compiled = await compile({ all, ...Object.fromEntries(named) }, { runtime: onnxruntimeNode });
  const feeds = parameters.map(({ name, shape, initialiser }): [string, HostTensor] => [
    name,
    floatTensor(initialise(initialiser, shape, 1, name), shape),
  ]);
  const results = (await compiled.run(Object.fromEntries(feeds))) as Record<string, HostTensor>;
  await compiled.release();
  return { all: [...(results.all.data as Float32Array)], results, names: parameters.map(({ name }) => name) };
}

it('reads classes and terms, twice each, from every word and its place but from no padding', async () => {
  const { all, results, names } = await readingOf([3, 4, 5], 0);
  expect(all).toHaveLength(2 * (classes + readTerms.length));
  for (const name of names) {
    // What a query gains from adding the same to all keys is nothing.
    if (name.endsWith('key.bias')) continue;
    expect(Number(results[`slope.${name}`].data[0]), name).toBeGreaterThan(0);
  }
  const difference = (other: readonly number[]): number =>
    Math.max(...all.map((value, place) => Math.abs(value - other[place])));
  expect(difference((await readingOf([3, 4, 5], 7)).all)).toBeLessThan(1e-5);
  expect(difference((await readingOf([5, 4, 3], 0)).all)).toBeGreaterThan(1e-2);
});

it('finds each group of terms, asked for and ruled out, and the union among them', async () => {
  expect(new Set(readTerms).size).toBe(readTerms.length);
  const numbers = constant([...readTerms.keys()], [1, readTerms.length]);
  const parts = {
    relations: termsOf(numbers, 'relations', false),
    noColours: termsOf(numbers, 'colours', true),
    picks: termsOf(numbers, 'picks', false),
    noPlaces: termsOf(numbers, 'places', true),
    union: unionOf(numbers),
  };
  const compiled = await compile(parts, { runtime: onnxruntimeNode });
  const results = (await compiled.run({})) as Record<string, HostTensor>;
  await compiled.release();
  const named = (part: string): string[] => Array.from(results[part].data as Float32Array, (at) => readTerms[at]);
  expect(named('relations').slice(0, 2)).toEqual(['leftOf', 'rightOf']);
  expect(named('noColours')).toHaveLength(12);
  expect(named('noColours')[0]).toBe('no white');
  expect(named('picks').slice(7, 9)).toEqual(['left 8', 'right 1']);
  expect(named('picks').at(-1)).toBe('mostCentral');
  expect(named('noPlaces').at(-1)).toBe('no at bottomEdge');
  expect(named('union')).toEqual(['union']);
});
