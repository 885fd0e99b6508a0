import { type Dataset, normaliseSentence, noTargetCategory, rewriteSentence } from '../datasets/index.js';
import { UserError } from '../errors/index.js';
import { categoryWord } from '../generator/index.js';
import { createRandom } from '../random/index.js';
import type { ChosenSample } from './chooseSamples.js';

/**
 * Other sentences for the same pictures and the same truth, so that anyone can see whether a model reads its sentence.
 * A model that reads scores lower under each; one that marks what stands out scores the same.
 *
 * - `shuffled`: every picture gets the sentence of another one. A model that reads falls far, to what chance and the
 *   frequent categories leave; one that does not fall knows from the picture alone what is usually meant.
 * - `category`: the category's word alone ("ship" for "the white ship left of the pier"). A model that reads more than
 *   the noun falls on samples whose picture holds several things of the category; one that does not fall reads nouns.
 * - `mirrored`: left and right, top and bottom (north and south, east and west) change places in the words, the
 *   picture stays. A model that reads positions falls on the sentences that name one; others are as they were.
 */
export type Control = 'shuffled' | 'category' | 'mirrored';

export const controls: readonly Control[] = ['shuffled', 'category', 'mirrored'];

/** The sentences that a control asks. */
export interface ControlledSentences {
  /** Samples that take part, in their order, with what is asked of each. */
  readonly asked: ReadonlyMap<ChosenSample, string>;
  /** Those of them whose words differ from their own. */
  readonly changed: ReadonlySet<ChosenSample>;
  /** Samples that the control has no sentence for. */
  readonly leftOut: number;
}

/**
 * The sentences of a control, the same for the same seed.
 * @throws UserError when the control has a sentence for no sample, or `shuffled` has but one picture
 */
export function controlSentences(
  samples: readonly ChosenSample[],
  control: Control,
  seed: number,
): ControlledSentences {
  const sentences = control === 'shuffled' ? shuffledSentences(samples, seed) : samples.map(rewrites[control]);
  const asked = new Map<ChosenSample, string>();
  const changed = new Set<ChosenSample>();
  for (const [place, chosen] of samples.entries()) {
    const sentence = sentences[place];
    if (sentence === null) continue;
    asked.set(chosen, sentence);
    if (sentence !== chosen.sample.sentence) changed.add(chosen);
  }
  if (changed.size > 0) return { asked, changed, leftOut: samples.length - asked.size };
  throw new UserError(`the control ${control} changes none of the ${samples.length} sentences: it shows nothing here`);
}

const rewrites = {
  /** The category's usual word in the sentence's language; null where the record names none, as of `none` samples. */
  category({ sample: { category, language } }: ChosenSample): string | null {
    if (category.trim() === '' || category === noTargetCategory) return null;
    return normaliseSentence(categoryWord(category, language));
  },
  /** Half a turn exchanges left and right as well as top and bottom, and leaves turns and writing as they are. */
  mirrored: ({ sample }: ChosenSample): string | null => rewriteSentence(sample.sentence, 'rotate-180'),
};

/**
 * For each sample the sentence of another picture. Pictures come in random order, each with its samples side by side; a
 * shift by the largest picture's number of samples then moves every sentence out of its own picture. Where one picture
 * holds more than half of all samples no exchange can do that: its samples draw from the sentences of the others, some
 * of which are asked more than once.
 */
function shuffledSentences(samples: readonly ChosenSample[], seed: number): string[] {
  const random = createRandom(seed, 'shuffled');
  const byPicture = new Map<Dataset, Map<number, number[]>>();
  for (const [place, { dataset, sample }] of samples.entries()) {
    const pictures = byPicture.get(dataset) ?? new Map<number, number[]>();
    byPicture.set(dataset, pictures);
    const places = pictures.get(sample.image.id);
    if (places) places.push(place);
    else pictures.set(sample.image.id, [place]);
  }
  const pictures = [...byPicture.values()].flatMap((ofSet) => [...ofSet.values()]);
  if (pictures.length < 2) {
    throw new UserError('the control shuffled exchanges sentences between pictures, and these samples have but one');
  }
  const order = random.shuffle(pictures).map((places) => random.shuffle(places));
  const largest = order.reduce((most, places) => (places.length > most.length ? places : most));
  const rest = order.filter((places) => places !== largest).flat();
  const sentences = new Array<string>(samples.length);
  const give = (to: number, from: number): void => {
    sentences[to] = samples[from].sample.sentence;
  };
  if (largest.length > rest.length) {
    for (const [index, place] of largest.entries()) give(place, rest[index % rest.length]);
    for (const [index, place] of rest.entries()) give(place, largest[index]);
    return sentences;
  }
  const line = order.flat();
  for (const [index, place] of line.entries()) give(place, line[(index + largest.length) % line.length]);
  return sentences;
}
