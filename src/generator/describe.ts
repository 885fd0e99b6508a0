import type { Kind, Language } from '../datasets/index.js';
import type { Random } from '../random/index.js';
import { evaluate } from './evaluate.js';
import type { Form, Things } from './logicalForm.js';
import { nounOfKey, vocabularyOf } from './nouns.js';
import type { Proposer } from './phrases.js';
import { type Construct, constructs, constructsOf, hopelessConstructs, propose } from './propose.js';
import { realiseChinese } from './realise/chinese.js';
import { realiseEnglish } from './realise/english.js';
import type { Scene } from './scene.js';
import { prepareScene, type Shape } from './shapes.js';

/** A sentence about a scene with its meaning. */
export interface GeneratedSentence {
  readonly sentence: string;
  readonly language: Language;
  readonly kind: Kind;
  /** Ids of the objects meant, rising; empty for `none`. */
  readonly targets: readonly number[];
  /** Category of the first target; of what is asked for in vain for `none`. */
  readonly category: string;
  readonly construct: Construct;
  /** The logical form that the sentence says, for traces. */
  readonly form: Form;
}

/** Shares, relative to each other; 0 leaves something out. What is not named has the default's share. */
export interface Mix {
  readonly kinds: Readonly<Record<Kind, number>>;
  readonly constructs: Readonly<Record<Construct, number>>;
  readonly languages: Readonly<Record<Language, number>>;
}

export const defaultMix: Mix = {
  kinds: { single: 0.5, multi: 0.34, none: 0.16 },
  constructs: Object.fromEntries(constructs.map((construct) => [construct, 1])) as Record<Construct, number>,
  languages: { en: 1, zh: 1 },
};

/** Counts of what was written so far; shared between scenes, it keeps a whole release balanced. */
export interface Tally {
  readonly counts: Map<string, number>;
}

export const createTally = (): Tally => ({ counts: new Map() });

/** How a scene is described. */
export interface DescribeOptions {
  /** Sentences wanted; fewer come where the scene gives no more. */
  readonly sentences: number;
  readonly mix: Mix;
  /** Things with fewer visible pixels are too small to be meant; they still count for what others mean. */
  readonly minAreaPx?: number;
  /** Whether things cut by the picture's border may be meant. Default true. */
  readonly clippedTargets?: boolean;
  /** Shared counts; without them each scene is balanced by chance alone. */
  readonly tally?: Tally;
}

/** Side of the square, in pixels, below which a thing is too small to be meant in a picture of that size. */
export const defaultMinAreaPx = (width: number, height: number): number =>
  Math.max(36, Math.round(0.00015 * width * height));

/** Guesses at one sentence of a construct, and fruitless ones after which it is given up for the scene. */
const guesses = { perTurn: 3, fruitless: 12 };
/** Rounds over all constructs without a single sentence after which a scene is given up. */
const roundsWithoutAny = 4;
/** Sentences with the same meaning that one scene may have. */
const mostWordingsPerForm = 4;

/**
 * Writes sentences about a scene, each kept only if the evaluator gives it exactly one meaning with a margin. No two
 * have the same words. Deterministic in its arguments (and the tally's state). Synchronous and fast enough to be
 * called while training.
 */
export function describeScene(scene: Scene, options: DescribeOptions, random: Random): GeneratedSentence[] {
  const prepared = prepareScene(scene);
  const minAreaPx = options.minAreaPx ?? defaultMinAreaPx(scene.width, scene.height);
  const present = scene.objects.map(({ category }) => category).filter((name) => !scene.labelled.includes(name));
  const vocabulary = vocabularyOf([...scene.labelled, ...[...new Set(present)].sort()]);
  const isVisible = ({ object }: Shape): boolean => !object.crowd && object.areaPx >= minAreaPx;
  const visible = prepared.shapes.filter(isVisible);
  const instances = visible.filter(({ object }) => object.mask !== null && !object.cover);
  const instancesByCategory = [...new Set(instances.map(({ object }) => object.category))].map((category) =>
    instances.filter(({ object }) => object.category === category),
  );
  const context: Proposer = { scene: prepared, vocabulary, random, visible, instances, instancesByCategory };
  // Of a thing that the border cuts, more must be seen to know it for what it is.
  const mayBeMeant = (shape: Shape): boolean =>
    isVisible(shape) &&
    shape.object.mask !== null &&
    (!shape.object.clipped || (options.clippedTargets !== false && shape.object.areaPx >= 3 * minAreaPx));
  const byId = new Map(prepared.shapes.map((shape) => [shape.object.id, shape]));
  const tally = options.tally ?? createTally();
  const balanced = options.tally !== undefined;
  const written: GeneratedSentence[] = [];
  const texts = new Set<string>();
  const forms = new Map<string, number>();
  // A meaning is said once; where a scene has no more to say, again in other words.
  let wordingsPerForm = 1;

  const attempt = (kind: Kind, construct: Construct): GeneratedSentence | null => {
    const form = propose(context, kind, construct);
    if (!form) return null;
    const meaning = evaluate(form, scene);
    if (meaning.outcome === 'borderline') return null;
    const targets = meaning.targets.map((id) => byId.get(id)).filter((shape) => shape !== undefined);
    if ((targets.length === 0 ? 'none' : targets.length === 1 ? 'single' : 'multi') !== kind) return null;
    if (!fitToBeMeant(form, targets, mayBeMeant, isVisible, options.clippedTargets !== false)) return null;
    const key = JSON.stringify(form);
    if ((forms.get(key) ?? 0) >= wordingsPerForm) return null;
    const language = chooseLanguage(form, options.mix, tally, balanced, random);
    if (!language) return null;
    const sentence = language === 'en' ? realiseEnglish(form, scene, random) : realiseChinese(form, random);
    const text = sentence.toLowerCase().replace(/[.。]$/, '');
    if (texts.has(text)) return null;
    texts.add(text);
    forms.set(key, (forms.get(key) ?? 0) + 1);
    for (const label of [`kind ${kind}`, `${kind} ${construct}`, `language ${language}`]) count(tally, label);
    const category = targets[0]?.object.category ?? thingsOf(form)[0]?.categories[0] ?? '';
    return { sentence, language, kind, targets: meaning.targets, category, construct, form };
  };

  // A scene where only absences can be said is not filled up with them.
  const absencesAllowed = Math.max(1, Math.round(options.sentences * shareOf(options.mix.kinds, 'none')) + 1);
  const hopeless = hopelessConstructs(context);
  const exhausted = new Set<string>();
  const fruitless = new Map<string, number>();
  let rounds = 0;
  while (written.length < options.sentences) {
    const absences = written.filter(({ kind }) => kind === 'none').length;
    const kinds = order(
      ['single', 'multi', 'none'] as const,
      options.mix.kinds,
      (kind) => `kind ${kind}`,
      tally,
      balanced,
      random,
    ).filter(
      (kind) =>
        kind !== 'none' || absences < absencesAllowed || options.mix.kinds.single + options.mix.kinds.multi === 0,
    );
    let found: GeneratedSentence | null = null;
    for (const kind of kinds) {
      const label = (construct: Construct): string => `${kind} ${construct}`;
      const candidates = constructsOf[kind].filter(
        (construct) => !hopeless.has(construct) && !exhausted.has(label(construct)),
      );
      for (const construct of order(candidates, options.mix.constructs, label, tally, balanced, random)) {
        for (let turn = 0; turn < guesses.perTurn && !found; turn++) found = attempt(kind, construct);
        if (found) break;
        const failed = (fruitless.get(label(construct)) ?? 0) + guesses.perTurn;
        fruitless.set(label(construct), failed);
        if (failed >= guesses.fruitless) exhausted.add(label(construct));
      }
      if (found) break;
    }
    if (found) written.push(found);
    else if (rounds++ >= roundsWithoutAny) {
      if (wordingsPerForm >= mostWordingsPerForm) break;
      wordingsPerForm++;
      rounds = 0;
      exhausted.clear();
      fruitless.clear();
    }
  }
  return written;
}

/** Whether the targets can be seen: a single one surely, of several most, of a counted group all. */
function fitToBeMeant(
  form: Form,
  targets: readonly Shape[],
  mayBeMeant: (shape: Shape) => boolean,
  isVisible: (shape: Shape) => boolean,
  clippedTargets: boolean,
): boolean {
  if (targets.length === 0) return true;
  if (targets.some(({ object }) => object.mask === null || object.crowd)) return false;
  const unseen = targets.filter((shape) => !mayBeMeant(shape));
  if (form.form === 'all' && form.count !== undefined && hasFragment(targets)) return false;
  if (targets.length === 1 || (form.form === 'all' && form.count !== undefined)) return unseen.length === 0;
  if (!clippedTargets && targets.some((shape) => isVisible(shape) && !mayBeMeant(shape))) return false;
  return unseen.length <= 0.34 * targets.length;
}

/** Is one of the things cut by the border to so little that a person might not count it? */
function hasFragment(targets: readonly Shape[]): boolean {
  const areas = targets.map(({ object }) => object.areaPx).sort((a, b) => a - b);
  const median = areas[areas.length >> 1];
  return targets.some(({ object }) => object.clipped && object.areaPx < 0.4 * median);
}

/** Every phrase of things that a form holds, the outermost first. */
function thingsOf(form: Form): Things[] {
  return form.form === 'union' ? form.parts.flatMap(thingsOf) : [form.things];
}

const count = (tally: Tally, label: string): void => {
  tally.counts.set(label, (tally.counts.get(label) ?? 0) + 1);
};

function shareOf<Name extends string>(shares: Readonly<Record<Name, number>>, name: Name): number {
  const total = (Object.values(shares) as number[]).reduce((sum, share) => sum + share, 0);
  return total > 0 ? shares[name] / total : 0;
}

/**
 * The order in which to try: by chance, each name's place drawn by its share; with a tally, whatever has fallen
 * furthest behind its share first.
 */
function order<Name extends string>(
  names: readonly Name[],
  shares: Readonly<Record<Name, number>>,
  label: (name: Name) => string,
  tally: Tally,
  balanced: boolean,
  random: Random,
): Name[] {
  const keyed = names
    .filter((name) => shares[name] > 0)
    .map((name) => {
      const draw = random.next();
      // Exponential races give a random order by weights; counts so far push a name back.
      const key = balanced
        ? ((tally.counts.get(label(name)) ?? 0) + draw) / shares[name]
        : -Math.log(1 - draw) / shares[name];
      return { name, key };
    });
  return keyed.sort((a, b) => a.key - b.key).map(({ name }) => name);
}

/** A language that has words for every noun of the form. */
function chooseLanguage(form: Form, mix: Mix, tally: Tally, balanced: boolean, random: Random): Language | null {
  const nouns = nounKeys(form).map(nounOfKey);
  const wanted = order(
    ['en', 'zh'] as const,
    mix.languages,
    (language) => `language ${language}`,
    tally,
    balanced,
    random,
  );
  const able = wanted.filter((language) =>
    nouns.every((noun) => (language === 'en' ? noun.english : noun.chinese).length > 0),
  );
  // A name without a word in the only language asked for stands as it is.
  return able[0] ?? (wanted.length === 1 ? wanted[0] : null);
}

function nounKeys(form: Form): string[] {
  const keys: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value)) {
        if (name === 'noun' && typeof part === 'string') keys.push(part);
        else visit(part);
      }
    }
  };
  visit(form);
  return keys;
}
