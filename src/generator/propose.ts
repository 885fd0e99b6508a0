import type { Kind } from '../datasets/index.js';
import { keepCompany } from './affinity.js';
import { certain, membersOf, thingsOfNoun } from './evaluate.js';
import type { Form, Pick, Test, Things } from './logicalForm.js';
import type { Noun } from './nounTable.js';
import {
  absentColour,
  allPlaces,
  allSides,
  anchorFor,
  nounFor,
  type Proposer,
  type Topic,
  thingsNamed,
  trueTest,
  uniquePhrase,
} from './phrases.js';
import type { Shape } from './shapes.js';

/** What a sentence mainly rests on: the rows of the mix. */
export const constructs = [
  'category',
  'colour',
  'size',
  'place',
  'heading',
  'relation',
  'between',
  'surrounded',
  'nearest',
  'superlative',
  'ordinal',
  'comparison',
  'count',
  'group',
  'negation',
  'except',
  'union',
  'cover',
] as const;

export type Construct = (typeof constructs)[number];

/** Constructs that each kind of sentence can have. */
export const constructsOf: Readonly<Record<Kind, readonly Construct[]>> = {
  single: [
    'category',
    'colour',
    'size',
    'place',
    'heading',
    'relation',
    'between',
    'surrounded',
    'nearest',
    'superlative',
    'ordinal',
    'comparison',
    'negation',
    'cover',
  ],
  multi: [
    'category',
    'colour',
    'size',
    'place',
    'heading',
    'relation',
    'between',
    'surrounded',
    'comparison',
    'count',
    'group',
    'negation',
    'except',
    'union',
    'cover',
  ],
  none: ['category', 'colour', 'place', 'heading', 'relation', 'superlative', 'ordinal', 'negation'],
};

const topicOf: Readonly<Partial<Record<Construct, Topic>>> = {
  colour: 'colour',
  size: 'size',
  place: 'place',
  heading: 'heading',
  relation: 'relation',
  between: 'between',
  surrounded: 'surrounded',
  comparison: 'compare',
  negation: 'not',
};

/** A guess at a form of a kind and construct; the evaluator decides what it means and whether it is kept. */
export function propose(context: Proposer, kind: Kind, construct: Construct): Form | null {
  if (construct === 'cover') return proposeCover(context, kind);
  if (kind === 'none') return proposeNone(context, construct);
  if (context.instances.length === 0) return null;
  return kind === 'single' ? proposeSingle(context, construct) : proposeMulti(context, construct);
}

/** A thing to speak about: half the time by category, so that the crowded ones do not drown the rare. */
function someThing({ instances, instancesByCategory, random }: Proposer): Shape | null {
  if (instances.length === 0) return null;
  return random.pick(random.next() < 0.5 ? instances : random.pick(instancesByCategory));
}

/** Constructs that a scene surely gives nothing for; they are not even tried. */
export function hopelessConstructs({ scene, instances, visible }: Proposer): Set<Construct> {
  const hopeless = new Set<Construct>();
  const objects = scene.scene.objects;
  if (!objects.some(({ colour }) => colour)) hopeless.add('colour');
  if (!objects.some(({ headingDegrees }) => headingDegrees !== undefined)) hopeless.add('heading');
  if (!objects.some(({ cover }) => cover)) hopeless.add('cover');
  if (instances.length === 0) {
    for (const construct of constructs) if (construct !== 'cover' && construct !== 'category') hopeless.add(construct);
  }
  if (visible.length < 3) for (const construct of ['between', 'except', 'group'] as const) hopeless.add(construct);
  if (visible.length < 4) hopeless.add('surrounded');
  return hopeless;
}

const the = (things: Things): Form => ({ form: 'the', things });

/** How many things fit, or null where that is not clear. */
function countOf(context: Proposer, things: Things): number | null {
  return certain(membersOf(things, context.scene))?.length ?? null;
}

function proposeSingle(context: Proposer, construct: Construct): Form | null {
  const { random, scene } = context;
  const shape = someThing(context);
  if (!shape) return null;
  const noun = nounFor(context, shape.object.category);
  const bare = thingsNamed(context, noun);
  if (construct === 'category') return the(bare);
  const mates = thingsOfNoun(bare, scene);
  const pick = somePick(context, construct, noun, mates.length);
  if (pick) {
    const extra =
      random.next() < 0.3
        ? trueTest(context, random.pick(['colour', 'colour', 'size'] as const), shape, noun, mates)
        : null;
    const clashes = pick.pick === 'bySize' && extra?.test === 'size';
    return the({ ...bare, tests: extra && !clashes ? [extra] : [], pick });
  }
  const topic = topicOf[construct];
  if (!topic) return null;
  const first = trueTest(context, topic, shape, noun, mates);
  if (!first) return null;
  const tests: Test[] = [first];
  // Now and then people say more than is needed.
  let wanted = random.next() < 0.2 ? 1 : 0;
  for (let attempt = 0; attempt < 8 && tests.length < 3; attempt++) {
    if (wanted === 0 && countOf(context, { ...bare, tests }) === 1) break;
    const next = trueTest(
      context,
      random.pick(['colour', 'place', 'size', 'relation', 'place'] as const),
      shape,
      noun,
      mates,
    );
    if (!next || !goTogether([...tests, next])) continue;
    tests.push(next);
    wanted = 0;
  }
  return the({ ...bare, tests });
}

/** Tests that read well in one phrase: each topic once, one relation at most. */
function goTogether(tests: readonly Test[]): boolean {
  const topics = tests.map((test) => (test.test === 'not' ? test.of.test : test.test));
  if (new Set(topics).size < topics.length) return false;
  const heavy = topics.filter((topic) => topic !== 'colour' && topic !== 'size' && topic !== 'place');
  return heavy.length <= 1;
}

/** A choice of the construct's kind; null where the construct is about something else. */
function somePick(context: Proposer, construct: Construct, noun: Noun, mates: number): Pick | null {
  const { random } = context;
  if (mates < 2) return null;
  if (construct === 'superlative') {
    const draw = random.next();
    if (draw < 0.1) return { pick: 'mostCentral' };
    if (draw < 0.55 || !noun.size) return { pick: 'fromSide', side: random.pick(allSides), rank: 1 };
    return { pick: 'bySize', size: random.next() < 0.65 ? 'large' : 'small', rank: 1 };
  }
  if (construct === 'ordinal') {
    if (mates < 3) return null;
    const rank = 2 + random.integer(Math.min(mates - 1, 4));
    if (random.next() < 0.25 && noun.size && rank <= 3) {
      return { pick: 'bySize', size: random.next() < 0.7 ? 'large' : 'small', rank };
    }
    // Counting further than to the middle is done from the other side.
    return rank > mates - 1 ? null : { pick: 'fromSide', side: random.pick(allSides), rank };
  }
  if (construct === 'nearest') {
    const to = uniquePhrase(context, random.pick(context.visible));
    if (!to) return null;
    return random.next() < 0.75 ? { pick: 'nearest', to } : { pick: 'farthest', from: to };
  }
  return null;
}

function proposeMulti(context: Proposer, construct: Construct): Form | null {
  const { random, scene } = context;
  const shape = someThing(context);
  if (!shape) return null;
  const noun = nounFor(context, shape.object.category);
  const bare = thingsNamed(context, noun);
  const mates = thingsOfNoun(bare, scene);
  switch (construct) {
    case 'category':
      return { form: 'all', things: bare };
    case 'count': {
      const topic = random.pick(['colour', 'place', 'size', 'relation'] as const);
      const test = random.next() < 0.6 ? trueTest(context, topic, shape, noun, mates) : null;
      const things = test ? { ...bare, tests: [test] } : bare;
      const count = countOf(context, things);
      return count !== null && count >= 2 && count <= 12 ? { form: 'all', things, count } : null;
    }
    case 'group': {
      if (mates.length < 3) return null;
      const topic = random.pick(['colour', 'place', 'size'] as const);
      const test = random.next() < 0.4 ? trueTest(context, topic, shape, noun, mates) : null;
      const pick = { pick: 'group', shape: random.next() < 0.6 ? 'row' : 'cluster' } as const;
      return { form: 'all', things: { ...bare, tests: test ? [test] : [], pick } };
    }
    case 'except': {
      if (mates.length < 3 || mates.length > 40) return null;
      const pick = somePick(
        context,
        random.pick(['superlative', 'superlative', 'nearest', 'ordinal'] as const),
        noun,
        mates.length,
      );
      if (pick && random.next() < 0.6) return { form: 'except', things: bare, but: { ...bare, pick } };
      const unique = uniquePhrase(context, shape);
      return unique && unique.noun === bare.noun ? { form: 'except', things: bare, but: unique } : null;
    }
    case 'union':
      return proposeUnion(context, shape, bare);
    default: {
      const topic = topicOf[construct];
      const first = topic ? trueTest(context, topic, shape, noun, mates) : null;
      if (!first) return null;
      const tests = [first];
      if (random.next() < 0.2) {
        const next = trueTest(context, random.pick(['colour', 'place', 'size'] as const), shape, noun, mates);
        if (next && goTogether([first, next])) tests.push(next);
      }
      // A test that all of them pass tells little; people seldom say it.
      if (countOf(context, { ...bare, tests }) === mates.length && random.next() < 0.75) return null;
      return { form: 'all', things: { ...bare, tests } };
    }
  }
}

/** "The plane at the top left and all ships": two meanings, seldom three. */
function proposeUnion(context: Proposer, shape: Shape, bare: Things): Form | null {
  const { random } = context;
  const parts: Form[] = [];
  const add = (other: Shape, noun: Things): void => {
    const unique = uniquePhrase(context, other);
    if (unique && random.next() < 0.75) parts.push(the(unique));
    else if ((countOf(context, noun) ?? 0) >= 2) parts.push({ form: 'all', things: noun });
  };
  add(shape, bare);
  const wanted = random.next() < 0.85 ? 2 : 3;
  for (let attempt = 0; attempt < 4 && parts.length < wanted; attempt++) {
    const other = someThing(context);
    if (other && other !== shape) add(other, thingsNamed(context, nounFor(context, other.object.category, true)));
  }
  const keys = new Set(parts.map((part) => JSON.stringify(part)));
  return parts.length >= 2 && keys.size === parts.length ? { form: 'union', parts } : null;
}

function proposeCover(context: Proposer, kind: Kind): Form | null {
  const { scene, random, vocabulary } = context;
  const categories = [
    ...new Set(scene.shapes.filter(({ object }) => object.cover).map(({ object }) => object.category)),
  ];
  const cover = (category: string): Form => ({
    form: 'cover',
    things: thingsNamed(context, nounFor(context, category, true)),
  });
  if (categories.length === 0 || kind === 'none') return null;
  const chosen = random.shuffle(categories);
  const isMany = (category: string): boolean => (scene.byCategory.get(category)?.length ?? 0) > 1;
  if (kind === 'single') return isMany(chosen[0]) ? null : cover(chosen[0]);
  if (isMany(chosen[0]) || chosen.length < 2) return isMany(chosen[0]) ? cover(chosen[0]) : null;
  const count = chosen.length > 2 && random.next() < 0.25 ? 3 : 2;
  return vocabulary.categories.length > 1 ? { form: 'union', parts: chosen.slice(0, count).map(cover) } : null;
}

/** Near misses: something that the picture almost has. */
function proposeNone(context: Proposer, construct: Construct): Form | null {
  const { random, scene, vocabulary, visible } = context;
  const covers = scene.scene.coverCategories ?? [];
  const ask = (things: Things): Form => (random.next() < 0.6 || things.pick ? the(things) : { form: 'all', things });
  if (construct === 'category') {
    const absent = scene.scene.labelled.filter((category) => !scene.byCategory.has(category));
    const present = [...scene.byCategory.keys()];
    const plausible = absent.filter((category) => present.some((other) => keepCompany(other, category)));
    const pool = plausible.length > 0 && random.next() < 0.8 ? plausible : absent;
    if (pool.length === 0) return null;
    const noun = nounFor(context, random.pick(pool), true);
    const bare = thingsNamed(context, noun);
    if (bare.categories.some((category) => covers.includes(category))) return { form: 'cover', things: bare };
    return ask({ ...bare, tests: someTests(context, noun) });
  }
  const instances = visible.filter(({ object }) => !object.cover);
  if (instances.length === 0) return null;
  const shape = random.pick(instances);
  const noun = nounFor(context, shape.object.category);
  const bare = thingsNamed(context, noun);
  const mates = thingsOfNoun(bare, scene);
  switch (construct) {
    case 'colour': {
      const colour = absentColour(context, bare);
      if (!colour) return null;
      const place = random.next() < 0.25 ? trueTest(context, 'place', shape, noun, mates) : null;
      return ask({ ...bare, tests: [{ test: 'colour', colour }, ...(place ? [place] : [])] });
    }
    case 'place': {
      const colour = random.next() < 0.3 ? trueTest(context, 'colour', shape, noun, mates) : null;
      const tests: Test[] = [{ test: 'place', place: random.pick(allPlaces) }, ...(colour ? [colour] : [])];
      return ask({ ...bare, tests });
    }
    case 'heading': {
      if (shape.object.headingDegrees === undefined || !noun.heading) return null;
      return ask({ ...bare, tests: [{ test: 'heading', toward: random.pick(allSides) }] });
    }
    case 'relation': {
      const other = random.pick(visible);
      if (other === shape) return null;
      const relation = random.pick(['near', 'near', 'on', 'leftOf', 'rightOf', 'above', 'below'] as const);
      if (random.next() < 0.3) {
        const absent = vocabulary.categories.filter((category) => !scene.byCategory.has(category));
        if (absent.length === 0) return null;
        const things = thingsNamed(context, nounFor(context, random.pick(absent), true));
        return ask({ ...bare, tests: [{ test: 'relation', relation: 'near', anchor: { anchor: 'the', things } }] });
      }
      const anchor = anchorFor(context, other, relation);
      // "On" only where something could be: a car is never asked for on a plane.
      if (!anchor || (relation === 'on' && !couldStandOn(shape, other))) return null;
      return ask({ ...bare, tests: [{ test: 'relation', relation, anchor }] });
    }
    case 'superlative': {
      const colour = absentColour(context, bare);
      if (!colour || !noun.size) return null;
      const size = random.next() < 0.6 ? 'large' : 'small';
      return the({ ...bare, tests: [{ test: 'colour', colour }], pick: { pick: 'bySize', size, rank: 1 } });
    }
    case 'ordinal': {
      if (mates.length > 6) return null;
      const rank = Math.max(2, mates.length + 1 + random.integer(2));
      return the({ ...bare, pick: { pick: 'fromSide', side: random.pick(allSides), rank } });
    }
    case 'negation': {
      const topic = random.pick(['colour', 'colour', 'place', 'relation'] as const);
      const of = trueTest(context, topic, shape, noun, mates);
      return of ? { form: 'all', things: { ...bare, tests: [{ test: 'not', of }] } } : null;
    }
    default:
      return null;
  }
}

const carriers = /road|bridge|parking|grass|land|runway/;
const movers = /car|vehicle|truck|bus|van|plane|helicopter|digger/;
const couldStandOn = (a: Shape, b: Shape): boolean =>
  movers.test(a.object.category) && carriers.test(b.object.category) && a.object.category !== b.object.category;

/** Words for something that is not there: a bare noun, a colour or a place. */
function someTests({ random }: Proposer, noun: Noun): Test[] {
  const draw = random.next();
  if (draw < 0.25 && noun.colour) {
    return [{ test: 'colour', colour: random.pick(['red', 'white', 'blue', 'black', 'yellow', 'green'] as const) }];
  }
  return draw < 0.45 ? [{ test: 'place', place: random.pick(allPlaces) }] : [];
}
