import type { Random } from '../../random/index.js';
import { certain, membersOf } from '../evaluate.js';
import type { Anchor, Form, Pick, Test, Things } from '../logicalForm.js';
import { nounOfKey } from '../nouns.js';
import type { Scene } from '../scene.js';
import { prepareScene } from '../shapes.js';
import {
  centralPhrases,
  colourWord,
  exceptWords,
  farthestPhrases,
  fromSideWords,
  groupWords,
  headingAfter,
  imperatives,
  insideNouns,
  largeWords,
  locatedWords,
  nearestPhrases,
  numerals,
  ordinalFigures,
  ordinals,
  placeAfter,
  placeBefore,
  relationPhrases,
  smallWords,
  spanningNouns,
  surroundedPhrases,
} from './englishPhrases.js';

/** `a` or `an` before a word. */
export function indefiniteArticle(next: string): 'a' | 'an' {
  if (/^(uni|use|usu|uti|eu|one\b|once)/i.test(next)) return 'a';
  return /^[aeiou]/i.test(next) || /^(8|11\b|18\b|hour|honest)/i.test(next) ? 'an' : 'a';
}

type GrammaticalNumber = 'one' | 'many';

/** A noun with what stands before and behind it, without an article. */
interface NounPhrase {
  readonly before: readonly string[];
  readonly head: string;
  readonly after: readonly string[];
  readonly number: GrammaticalNumber;
  readonly isMass: boolean;
}

/**
 * Writes a logical form in English: a noun phrase, an order, a statement or telegraphic words, its wording chosen at
 * random among several hundred. Says no more and no less than the form. The scene is asked only for what grammar
 * needs: whether two things are compared ("larger") or more ("largest"), and whether a noun is land cover.
 */
export function realiseEnglish(form: Form, scene: Scene, random: Random): string {
  const prepared = prepareScene(scene);
  const british = random.next() < 0.5;
  const terse = form.form !== 'except' && random.next() < 0.16;
  const imageWord = random.pick(['image', 'image', 'image', 'picture', 'photo', 'scene']);
  const words = new Map<string, number>();
  let imageMentioned = false;

  const chance = (share: number): boolean => random.next() < share;

  /** One of several wordings; the picture itself is mentioned once at most. */
  const say = (wordings: readonly string[]): string => {
    const usable = imageMentioned || terse ? wordings.filter((wording) => !wording.includes('{image}')) : wordings;
    const chosen = random.pick(usable.length > 0 ? usable : wordings);
    if (chosen.includes('{image}')) imageMentioned = true;
    return chosen.replaceAll('{image}', imageWord).replaceAll('{centre}', british ? 'centre' : 'center');
  };

  const noun = (things: Things, number: GrammaticalNumber): string => {
    const { key, english } = nounOfKey(things.noun);
    if (english.length === 0) return key;
    // One noun keeps its word within a sentence; the first of the table is the most usual.
    let choice = words.get(key);
    if (choice === undefined) {
      choice = chance(0.5) ? 0 : random.integer(english.length);
      words.set(key, choice);
    }
    const word = english[choice][number === 'one' ? 0 : 1];
    return british ? word.replaceAll('harbor', 'harbour') : word.replaceAll('harbour', 'harbor');
  };

  const isCover = (things: Things): boolean =>
    things.categories.some((category) => scene.coverCategories?.includes(category)) ||
    prepared.shapes.some(({ object }) => object.cover && things.categories.includes(object.category));

  const coverNoun = (things: Things): { word: string; isMass: boolean } => {
    const mass = nounOfKey(things.noun).englishMass;
    return mass.length > 0 ? { word: random.pick(mass), isMass: true } : { word: noun(things, 'many'), isMass: false };
  };

  const anchorPhrase = ({ anchor, things }: Anchor, subject: string): string => {
    if (anchor === 'the' || isCover(things)) return definite(things);
    // "A plane next to another plane".
    return things.noun === subject ? `another ${text_(phrase(things, 'one', true))}` : indefinite(things);
  };

  const definite = (things: Things): string => {
    if (isCover(things)) return `the ${coverNoun(things).word}`;
    return join('the', phrase(things, 'one', true));
  };

  const indefinite = (things: Things): string => {
    const text = text_(phrase(things, 'one', true, false));
    return `${indefiniteArticle(text)} ${text}`;
  };

  const text_ = ({ before, head, after }: NounPhrase): string => [...before, head, ...after].join(' ');
  const join = (determiner: string, parts: NounPhrase): string => `${determiner} ${text_(parts)}`;

  /** "the white one": the phrase with the noun replaced, where something is left to tell it apart. */
  const pronounPhrase = (things: Things): string => {
    const { before, after, head } = phrase(things, 'one', true);
    const usesOne = before.length + after.length > 0 && things.pick?.pick !== 'group' && chance(0.7);
    return ['the', ...before, usesOne ? 'one' : head, ...after].join(' ');
  };

  const relationPhrase = (test: Extract<Test, { test: 'relation' }>, subject: string): string => {
    const anchor = anchorPhrase(test.anchor, subject);
    if (test.relation !== 'on') return `${random.pick(relationPhrases[test.relation])} ${anchor}`;
    const key = test.anchor.things.noun;
    if (spanningNouns.has(subject)) return `${random.pick(['over', 'across'])} ${anchor}`;
    if (!insideNouns.has(key)) return `on ${anchor}`;
    return `${key === 'river' || key === 'lake' || key === 'water' ? random.pick(['in', 'on']) : 'in'} ${anchor}`;
  };

  /** The words behind a noun (or behind "is") for a test. */
  const after = (test: Test, number: GrammaticalNumber, subject: string): string => {
    switch (test.test) {
      case 'colour':
        return colourWord(test.colour, british);
      case 'size':
        return random.pick(test.size === 'large' ? largeWords : smallWords);
      case 'place':
        return say(placeAfter[test.place]);
      case 'heading':
        return say(headingAfter[test.toward]);
      case 'relation':
        return relationPhrase(test, subject);
      case 'between': {
        if (!test.second) return `between the two ${text_(phrase(test.first, 'many', true))}`;
        return `between ${definite(test.first)} and ${definite(test.second)}`;
      }
      case 'surrounded':
        return `${random.pick(surroundedPhrases)} ${text_(phrase(test.by, 'many', true))}`;
      case 'compare': {
        const word = random.pick(test.by === 'larger' ? ['larger', 'bigger', 'larger'] : ['smaller']);
        return `${word} than ${pronounPhrase(test.than)}`;
      }
      case 'not':
        return `not ${after(test.of, number, subject)}`;
    }
  };

  const located = (test: Test, text: string, number: GrammaticalNumber): string => {
    const be = number === 'one' ? 'is' : 'are';
    const where = test.test === 'place' || test.test === 'relation' || test.test === 'between';
    const negated = test.test === 'not';
    if (terse) return text;
    const draw = random.next();
    if (negated || test.test === 'compare' || test.test === 'surrounded') {
      return draw < 0.5 ? `that ${be} ${text}` : draw < 0.6 ? `which ${be} ${text}` : text;
    }
    if (!where) return text;
    if (draw < 0.62) return text;
    if (draw < 0.78) return `that ${be} ${text}`;
    if (draw < 0.84) return `which ${be} ${text}`;
    // "further up than" and the like do not go with "located".
    return /^(further|left of|right of)/.test(text) ? text : `${random.pick(locatedWords)} ${text}`;
  };

  const pickWords = (pick: Pick, things: Things): { before?: string; after?: string } => {
    switch (pick.pick) {
      case 'fromSide': {
        const side = pick.side;
        if (pick.rank > 1) {
          const word = (chance(0.85) ? ordinals : ordinalFigures)[pick.rank - 1];
          return { before: word, after: `from the ${side}` };
        }
        const draw = random.next();
        if (draw < 0.6) return { before: random.pick(fromSideWords[side].before) };
        if (draw < 0.75) return { before: 'first', after: `from the ${side}` };
        return { after: random.pick(fromSideWords[side].after) };
      }
      case 'bySize': {
        const large = pick.size === 'large';
        if (pick.rank > 1) {
          const word = random.pick(large ? ['largest', 'biggest'] : ['smallest']);
          return { before: `${(chance(0.85) ? ordinals : ordinalFigures)[pick.rank - 1]} ${word}` };
        }
        const domain = certain(membersOf({ ...things, pick: undefined }, prepared));
        if (domain?.length === 2 && chance(0.6)) {
          return { before: random.pick(large ? ['larger', 'bigger'] : ['smaller']) };
        }
        return { before: random.pick(large ? ['largest', 'biggest'] : ['smallest']) };
      }
      case 'nearest':
        return { after: `${random.pick(nearestPhrases)} ${definite(pick.to)}` };
      case 'farthest':
        return { after: `${random.pick(farthestPhrases)} ${definite(pick.from)}` };
      case 'mostCentral':
        return chance(0.3) ? { before: 'most central' } : { after: say(centralPhrases) };
      case 'group':
        return {};
    }
  };

  /** `isDefinite` false keeps words like "upper" behind the noun: "a ship at the top", not "an upper ship". */
  const phrase = (things: Things, wanted: GrammaticalNumber, isAnchor = false, isDefinite = true): NounPhrase => {
    const isGroup = things.pick?.pick === 'group';
    const number = isGroup ? 'many' : wanted;
    const sizes: string[] = [];
    const places: string[] = [];
    const colours: string[] = [];
    const behind: string[] = [];
    const clauses: string[] = [];
    const picked = things.pick && !isGroup ? pickWords(things.pick, things) : {};
    const others = things.tests.filter(({ test }) => test !== 'colour' && test !== 'size').length;
    for (const test of things.tests) {
      if (test.test === 'colour' && (others > 0 || isAnchor || things.pick || chance(0.9))) {
        colours.push(colourWord(test.colour, british));
      } else if (test.test === 'colour') {
        clauses.push(`that ${number === 'one' ? 'is' : 'are'} ${colourWord(test.colour, british)}`);
      } else if (test.test === 'size') {
        sizes.push(random.pick(test.size === 'large' ? largeWords : smallWords));
      } else if (test.test === 'not' && test.of.test === 'colour') {
        const colour = colourWord(test.of.colour, british);
        if (others > 1 || isAnchor || things.pick || chance(0.25)) colours.push(`non-${colour}`);
        else clauses.push(`that ${number === 'one' ? 'is' : 'are'} not ${colour}`);
      } else if (
        test.test === 'place' &&
        placeBefore[test.place] &&
        isDefinite &&
        !picked.before &&
        chance(others > 1 ? 0.6 : 0.22)
      ) {
        places.push(random.pick(placeBefore[test.place] ?? []));
      } else if (test.test === 'place' || test.test === 'heading') {
        behind.unshift(
          isAnchor ? after(test, number, things.noun) : located(test, after(test, number, things.noun), number),
        );
      } else {
        const text = after(test, number, things.noun);
        const clause = isAnchor ? text : located(test, text, number);
        (/^(that|which) /.test(clause) ? clauses : behind).push(clause);
      }
    }
    if (picked.after) behind.unshift(picked.after);
    const before = [picked.before, ...sizes, ...places, ...colours].filter((word) => word);
    // "near the building and not on the left": `and` keeps the second phrase from being read as the building's.
    const tail = [...behind, ...clauses].map((text, index) =>
      index === 0 ? text : `and ${text.replace(/^(that|which) (is|are) /, '')}`,
    );
    if (isGroup && things.pick?.pick === 'group') {
      const group = random.pick(groupWords[things.pick.shape]);
      const inner = [...before, noun(things, 'many')].join(' ');
      return { before: [], head: `${group} of ${inner}`, after: tail, number: 'one', isMass: false };
    }
    return { before: before as string[], head: noun(things, number), after: tail, number, isMass: false };
  };

  const theThing = (things: Things): string => {
    const draw = random.next();
    if (!things.pick && draw >= 0.82) {
      const text = text_(phrase(things, 'one', false, false));
      return `${indefiniteArticle(text)} ${text}`;
    }
    const text = text_(phrase(things, 'one'));
    return draw > 0.62 ? text : `the ${text}`;
  };

  const allThings = (things: Things, count: number | undefined): string => {
    if (things.pick?.pick === 'group')
      return chance(0.85) ? join('the', phrase(things, 'one')) : text_(phrase(things, 'one'));
    const many = (): string => text_(phrase(things, 'many'));
    if (count !== undefined) {
      const figure = count <= 10 && chance(0.8) ? numerals[count] : String(count);
      // "Both", never "all two".
      if (count === 2 && chance(0.4)) return `${random.pick(['both', 'both', 'both of the'])} ${many()}`;
      return `${random.pick(count === 2 ? ['the ', ''] : ['the ', '', 'all '])}${figure} ${many()}`;
    }
    const draw = random.next();
    if (draw < 0.24) return `all ${many()}`;
    if (draw < 0.42) return `all the ${many()}`;
    if (draw < 0.48) return `all of the ${many()}`;
    if (draw < 0.68) return `the ${many()}`;
    if (draw < 0.88) return many();
    return `${random.pick(['every', 'each', 'every single'])} ${text_(phrase(things, 'one'))}`;
  };

  const nounGroup = (part: Form): string => {
    switch (part.form) {
      case 'the':
        return theThing(part.things);
      case 'all':
        return allThings(part.things, part.count);
      case 'cover': {
        const { word } = coverNoun(part.things);
        return random.pick([`the ${word}`, `all ${word}`, `all the ${word}`, word]);
      }
      case 'except': {
        const many = text_(phrase(part.things, 'many'));
        const but = pronounPhrase(part.but);
        return `${random.pick(['all', 'all the', 'the', 'all of the'])} ${many} ${random.pick(exceptWords)} ${but}`;
      }
      case 'union': {
        const parts = part.parts.map((inner) =>
          inner.form === 'the'
            ? join('the', phrase(inner.things, 'one', true))
            : inner.form === 'all'
              ? `${random.pick(['all the', 'the', 'all'])} ${text_(phrase(inner.things, 'many', true))}`
              : nounGroup(inner),
        );
        const last = parts.pop() ?? '';
        const link = parts.length === 1 ? random.pick(['and', 'and', 'and', 'as well as', 'together with']) : 'and';
        const lead = parts.length === 1 && link === 'and' && chance(0.15) ? 'both ' : '';
        return `${lead}${parts.join(', ')} ${link} ${last}`;
      }
    }
  };

  /** "A white plane is at the top left.": one test becomes the sentence's predicate. */
  const statement = (things: Things, number: GrammaticalNumber, count: number | undefined): string | null => {
    const index = things.tests.findIndex(
      ({ test }) => test === 'place' || test === 'relation' || test === 'between' || test === 'surrounded',
    );
    if (index < 0 || things.pick) return null;
    const rest = { ...things, tests: things.tests.filter((_, other) => other !== index) };
    if (rest.tests.some(({ test }) => test !== 'colour' && test !== 'size')) return null;
    const parts = phrase(rest, number, true);
    const subject = text_(parts);
    const predicate = after(things.tests[index], number, things.noun);
    const be = number === 'one' ? 'is' : 'are';
    const verb = /^(further|left of|right of|surrounded|encircled|enclosed)/.test(predicate)
      ? be
      : random.pick([be, be, `${be} ${random.pick(locatedWords)}`]);
    const determiner =
      number === 'one'
        ? random.pick(['the', indefiniteArticle(subject)])
        : count !== undefined
          ? random.pick([`the ${numerals[count] ?? count}`, numerals[count] ?? String(count)])
          : 'the';
    return `${determiner} ${subject} ${verb} ${predicate}`;
  };

  const sentence = (): string => {
    const draw = random.next();
    if (!terse && form.form === 'the' && !form.things.pick && draw < 0.07) {
      const text = text_(phrase(form.things, 'one', false, false));
      return `there is ${indefiniteArticle(text)} ${text}`;
    }
    if (!terse && form.form === 'all' && form.count !== undefined && !form.things.pick && draw < 0.12) {
      return `there are ${numerals[form.count] ?? form.count} ${text_(phrase(form.things, 'many'))}`;
    }
    if (!terse && (form.form === 'the' || form.form === 'all') && draw > 0.88) {
      const said = statement(
        form.things,
        form.form === 'the' ? 'one' : 'many',
        form.form === 'all' ? form.count : undefined,
      );
      if (said) return said;
    }
    const group = nounGroup(form);
    if (!terse && draw > 0.07 && draw < 0.3) return `${random.pick(imperatives)} ${group}`;
    if (!terse && !imageMentioned && draw >= 0.3 && draw < 0.36 && form.form !== 'except') {
      return `${group} in ${random.pick(['the', 'this'])} ${imageWord}`;
    }
    return group;
  };

  return tidy(sentence(), terse, random);
}

/** Telegraphic words lose their articles; others sometimes get a capital and a full stop. */
function tidy(text: string, terse: boolean, random: Random): string {
  const single = text.replace(/\s+/g, ' ').trim();
  if (terse) return single.replace(/\b(the|a|an) /g, '');
  if (random.next() >= 0.2) return single;
  const capital = single[0].toUpperCase() + single.slice(1);
  return random.next() < 0.6 ? `${capital}.` : capital;
}
