import type { Random } from '../random/index.js';
import { certain, holds, type Member, membersOf, thingsOfNoun } from './evaluate.js';
import type { Anchor, Place, Relation, Side, Test, Things } from './logicalForm.js';
import { normaliseCategory, nounOfKey, type Vocabulary } from './nouns.js';
import type { Noun } from './nounTable.js';
import { type ColourName, colourNames } from './scene.js';
import { boxGap, type PreparedScene, type Shape } from './shapes.js';
import { compareSize } from './size.js';
import { isAtPlace, isRelated } from './spatial.js';

/** What proposing needs to know of a scene. */
export interface Proposer {
  readonly scene: PreparedScene;
  readonly vocabulary: Vocabulary;
  readonly random: Random;
  /** Things that may be meant or pointed to: neither tiny nor a crowd. */
  readonly visible: readonly Shape[];
  /** Those of them that can be targets (masked, not land cover), all and by category. */
  readonly instances: readonly Shape[];
  readonly instancesByCategory: readonly (readonly Shape[])[];
}

export const allPlaces: readonly Place[] = [
  'left',
  'right',
  'top',
  'bottom',
  'topLeft',
  'topRight',
  'bottomLeft',
  'bottomRight',
  'centre',
  'topCentre',
  'bottomCentre',
  'leftCentre',
  'rightCentre',
  'corner',
  'topLeftCorner',
  'topRightCorner',
  'bottomLeftCorner',
  'bottomRightCorner',
  'leftEdge',
  'rightEdge',
  'topEdge',
  'bottomEdge',
];
export const allSides: readonly Side[] = ['left', 'right', 'top', 'bottom'];
const allRelations: readonly Relation[] = ['near', 'near', 'on', 'on', 'leftOf', 'rightOf', 'above', 'below'];

/** A noun for a category: mostly its own, now and then a word for several. */
export function nounFor({ vocabulary, random }: Proposer, category: string, exact = false): Noun {
  const nouns = vocabulary.nounsOf(category);
  const own = nouns.filter(({ isHypernym }) => !isHypernym);
  return !exact && random.next() < 0.15 ? random.pick(nouns) : random.pick(own.length > 0 ? own : nouns);
}

export const thingsNamed = (
  { vocabulary }: Proposer,
  noun: Noun,
  tests: readonly Test[] = [],
  pick?: Things['pick'],
): Things => ({ ...vocabulary.things(noun), tests, ...(pick && { pick }) });

/** A phrase that names one thing alone, by its noun or with one more word, to measure relations from; else null. */
export function uniquePhrase(context: Proposer, shape: Shape, without: readonly Test['test'][] = []): Things | null {
  const { scene, random } = context;
  if (shape.object.cover) return null;
  const noun = nounFor(context, shape.object.category, true);
  const isUnique = (things: Things): boolean => {
    const found = certain(membersOf(things, scene));
    return found?.length === 1 && found[0] === shape;
  };
  const bare = thingsNamed(context, noun);
  if (isUnique(bare)) return bare;
  const mates = thingsOfNoun(bare, scene);
  const kinds = random.shuffle(['colour', 'size', 'place', 'side', 'largest'] as const);
  for (const kind of kinds) {
    if (kind === 'side') {
      const side = random.pick(allSides);
      const things = { ...bare, pick: { pick: 'fromSide' as const, side, rank: 1 } };
      if (isUnique(things)) return things;
    } else if (kind === 'largest') {
      const size = random.next() < 0.7 ? ('large' as const) : ('small' as const);
      if (without.includes('size') || !noun.size) continue;
      const things = { ...bare, pick: { pick: 'bySize' as const, size, rank: 1 } };
      if (isUnique(things)) return things;
    } else if (!without.includes(kind)) {
      const test = trueTest(context, kind, shape, noun, mates);
      if (test && isUnique({ ...bare, tests: [test] })) return { ...bare, tests: [test] };
    }
  }
  return null;
}

/** Pairs of things beyond which "near any ship" is not asked: it would have to be judged for every pair. */
const mostPairs = 250_000;

const isTooMuch = ({ scene, visible }: Proposer, things: Things): boolean =>
  thingsOfNoun(things, scene).length * visible.length > mostPairs;

/** What a test can be about. */
export type Topic = 'colour' | 'size' | 'place' | 'heading' | 'relation' | 'between' | 'surrounded' | 'compare' | 'not';

/** A random test of a topic that surely holds for the thing; null where none was found. */
export function trueTest(
  context: Proposer,
  topic: Topic,
  shape: Shape,
  noun: Noun,
  mates: readonly Member[],
): Test | null {
  const { scene, random } = context;
  switch (topic) {
    case 'colour':
      return noun.colour && shape.object.colour ? { test: 'colour', colour: shape.object.colour } : null;
    case 'size': {
      if (!noun.size) return null;
      for (const size of ['large', 'small'] as const) {
        if (holds({ test: 'size', size }, shape, mates, scene) === 1) return { test: 'size', size };
      }
      return null;
    }
    case 'place': {
      const places = allPlaces.filter((place) => isAtPlace(scene, shape, place) === 1);
      return places.length > 0 ? { test: 'place', place: random.pick(places) } : null;
    }
    case 'heading': {
      if (!noun.heading) return null;
      const sides = allSides.filter((toward) => holds({ test: 'heading', toward }, shape, mates, scene) === 1);
      return sides.length > 0 ? { test: 'heading', toward: random.pick(sides) } : null;
    }
    case 'relation':
      return trueRelation(context, shape);
    case 'between':
      return trueBetween(context, shape);
    case 'surrounded': {
      const category = random.pick(context.vocabulary.categories);
      const by = thingsNamed(context, nounFor(context, category, true));
      if (isTooMuch(context, by)) return null;
      const test: Test = { test: 'surrounded', by };
      return holds(test, shape, mates, scene) === 1 ? test : null;
    }
    case 'compare': {
      if (!noun.size) return null;
      const others = mates.filter((mate) => mate.shape !== shape);
      for (let attempt = 0; attempt < 3 && others.length > 0; attempt++) {
        const other = random.pick(others).shape;
        const by = compareSize(shape, other, 'larger') === 1 ? 'larger' : 'smaller';
        if (compareSize(shape, other, by) !== 1) continue;
        const than = uniquePhrase(context, other, ['size']);
        if (than) return { test: 'compare', by, than };
      }
      return null;
    }
    case 'not': {
      const of = falseTest(context, shape, noun, mates);
      return of ? { test: 'not', of } : null;
    }
  }
}

/** A test that surely fails for the thing and surely holds for another of its kind: worth denying. */
function falseTest(context: Proposer, shape: Shape, noun: Noun, mates: readonly Member[]): Test | null {
  const { scene, random } = context;
  const others = mates.filter((mate) => mate.shape !== shape);
  if (others.length === 0) return null;
  for (let attempt = 0; attempt < 4; attempt++) {
    const other = random.pick(others).shape;
    const topic = random.pick(['colour', 'place', 'relation', 'relation'] as const);
    const test = trueTest(context, topic, other, noun, mates);
    if (!test || (test.test === 'relation' && test.relation !== 'near' && test.relation !== 'on')) continue;
    if (holds(test, shape, mates, scene) === 0) return test;
  }
  return null;
}

/** Things to measure from: mostly what lies close, sometimes anything. */
function otherThings({ scene, visible, random }: Proposer, shape: Shape): Shape[] {
  const chosen: Shape[] = [];
  const far: Shape[] = [];
  for (let draw = 0; draw < 24 && chosen.length < 6; draw++) {
    const other = random.pick(visible);
    if (other === shape || chosen.includes(other)) continue;
    if (boxGap(shape, other) < 0.15 * scene.diagonal || random.next() < 0.1) chosen.push(other);
    else far.push(other);
  }
  return [...chosen, ...far.slice(0, 2)];
}

/** A crossing is not said to be on its road; a car is. */
const ground =
  /road|intersection|crossing|parking|grass|land|vegetation|river|lake|ocean|water|runway|forest|field|court/;
const speaksOfOn = ({ object }: Shape): boolean => !ground.test(normaliseCategory(object.category));

function trueRelation(context: Proposer, shape: Shape): Test | null {
  const { scene, random } = context;
  for (const other of otherThings(context, shape)) {
    for (const relation of random.shuffle(allRelations).slice(0, 4)) {
      if (isRelated(scene, shape, other, relation) !== 1 || (relation === 'on' && !speaksOfOn(shape))) continue;
      const anchor = anchorFor(context, other, relation);
      if (anchor) return { test: 'relation', relation, anchor };
    }
  }
  return null;
}

/** Directions are measured from one thing; "near" and "on" from one, or from any of a kind. */
export function anchorFor(context: Proposer, other: Shape, relation: Relation): Anchor | null {
  if (other.object.cover) {
    if (relation !== 'near' && relation !== 'on') return null;
    return { anchor: 'any', things: thingsNamed(context, nounFor(context, other.object.category, true)) };
  }
  const things = uniquePhrase(context, other);
  if (things) return { anchor: 'the', things };
  if (relation !== 'near' && relation !== 'on') return null;
  const noun = nounFor(context, other.object.category);
  if (isTooMuch(context, thingsNamed(context, noun))) return null;
  const tests: Test[] =
    noun.colour && other.object.colour && context.random.next() < 0.4
      ? [{ test: 'colour', colour: other.object.colour }]
      : [];
  return { anchor: 'any', things: thingsNamed(context, noun, tests) };
}

function trueBetween(context: Proposer, shape: Shape): Test | null {
  const { scene, random, visible } = context;
  const pairs = [...scene.byCategory.values()].filter((list) => list.length === 2 && !list.includes(shape));
  const tests: Test[] = [];
  for (const pair of pairs) {
    tests.push({ test: 'between', first: thingsNamed(context, nounFor(context, pair[0].object.category, true)) });
  }
  for (let draw = 0; draw < 6; draw++) {
    const [a, b] = [random.pick(visible), random.pick(visible)];
    if (a === b || a === shape || b === shape) continue;
    const first = uniquePhrase(context, a);
    const second = first && uniquePhrase(context, b);
    if (first && second) tests.push({ test: 'between', first, second });
  }
  return random.shuffle(tests).find((test) => holds(test, shape, [], scene) === 1) ?? null;
}

/** A colour that none of the noun's things has, where every one's colour is clear; null else. */
export function absentColour({ scene, random }: Proposer, things: Things): ColourName | null {
  if (!nounOfKey(things.noun).colour) return null;
  const members = thingsOfNoun(things, scene);
  if (members.some(({ shape }) => !shape.object.colour)) return null;
  const present = new Set(members.map(({ shape }) => shape.object.colour));
  const plausible: readonly ColourName[] = ['red', 'blue', 'white', 'black', 'yellow', 'green', 'grey', 'orange'];
  const free = plausible.filter((colour) => !present.has(colour));
  return free.length > 0 ? random.pick(free) : (colourNames.find((colour) => !present.has(colour)) ?? null);
}
