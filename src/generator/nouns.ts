import type { Things } from './logicalForm.js';
import { type Noun, nounFromName, nounTable } from './nounTable.js';

/** A category's name as the noun table writes it: lower case, spaces for `_` and `-`. */
export const normaliseCategory = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[_\-\s]+/g, ' ')
    .trim();

const byKey = new Map(nounTable.map((noun) => [noun.key, noun]));

/** The nouns of one set of labelled categories, with the set's own spellings of the categories. */
export interface Vocabulary {
  /** Nouns that name a category, the most specific first, then words for several categories. */
  nounsOf(category: string): readonly Noun[];
  /** A phrase's start: the noun with the set's categories that it means and may mean. */
  things(noun: Noun): Pick<Things, 'noun' | 'categories' | 'mayBe'>;
  readonly categories: readonly string[];
}

const vocabularies = new Map<string, Vocabulary>();

/** Builds the vocabulary for a set's categories; remembered, since scenes of one set share it. */
export function vocabularyOf(labelled: readonly string[]): Vocabulary {
  const key = JSON.stringify(labelled);
  const known = vocabularies.get(key);
  if (known) return known;
  const spellings = new Map<string, string[]>();
  for (const category of labelled) {
    const normal = normaliseCategory(category);
    spellings.set(normal, [...(spellings.get(normal) ?? []), category]);
  }
  const spelled = (categories: readonly string[]): string[] => categories.flatMap((name) => spellings.get(name) ?? []);
  const nouns = new Map<string, readonly Noun[]>();
  for (const category of labelled) {
    const normal = normaliseCategory(category);
    const found = nounTable.filter(
      // A word for several categories is worth having where the set tells several of them apart.
      (noun) => noun.categories.includes(normal) && (!noun.isHypernym || spelled(noun.categories).length >= 2),
    );
    const own = found.length > 0 ? found : [nounFromName(normal)];
    nouns.set(category, own);
  }
  const starts = new Map<string, ReturnType<Vocabulary['things']>>();
  const vocabulary: Vocabulary = {
    nounsOf: (category) => nouns.get(category) ?? [nounFromName(normaliseCategory(category))],
    things(noun) {
      const known = starts.get(noun.key);
      if (known) return known;
      const meant = spelled(noun.categories);
      const mayBe = spelled(noun.mayBe).filter((name) => !meant.includes(name));
      const start = { noun: noun.key, categories: meant, mayBe };
      starts.set(noun.key, start);
      return start;
    },
    categories: labelled,
  };
  if (vocabularies.size > 64) vocabularies.clear();
  vocabularies.set(key, vocabulary);
  return vocabulary;
}

/** The noun of a key that stands in a logical form. */
export const nounOfKey = (key: string): Noun => byKey.get(key) ?? nounFromName(key);
