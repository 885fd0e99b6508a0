import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Form } from '../src/generator/index.js';

type FormOf<Name extends Form['form']> = Extract<Form, { form: Name }>;
type Things = FormOf<'the'>['things'];
type Test = Things['tests'][number];

/**
 * What a sentence asks for: the classes that it means, those that it measures them against, and terms of `readTerms` for
 * both.
 */
export interface FormTerms {
  readonly targets: ReadonlySet<string>;
  readonly anchors: ReadonlySet<string>;
  readonly terms: ReadonlySet<string>;
  readonly anchorTerms: ReadonlySet<string>;
}

type Collected = Record<keyof FormTerms, Set<string>>;

/** Takes an anchor's classes and what is asked of it, but not what it is measured against in turn. */
function measuredAgainst({ anchors, anchorTerms }: Collected, things: Things): void {
  for (const category of things.categories) anchors.add(category);
  takeThings({ targets: new Set(), anchors: new Set(), terms: anchorTerms, anchorTerms: new Set() }, things, '');
}

function takeTest(into: Collected, test: Test, not: '' | 'no '): void {
  const { terms } = into;
  switch (test.test) {
    case 'colour':
      terms.add(not + test.colour);
      break;
    case 'size':
      terms.add(not + test.size);
      break;
    case 'place':
      terms.add(`${not}at ${test.place}`);
      break;
    case 'heading':
      terms.add(`${not}toward ${test.toward}`);
      break;
    case 'compare':
      terms.add(not + test.by);
      measuredAgainst(into, test.than);
      break;
    case 'relation':
      terms.add(not + test.relation);
      measuredAgainst(into, test.anchor.things);
      break;
    case 'between':
      terms.add(`${not}between`);
      measuredAgainst(into, test.first);
      if (test.second) measuredAgainst(into, test.second);
      break;
    case 'surrounded':
      terms.add(`${not}surrounded`);
      measuredAgainst(into, test.by);
      break;
    case 'not':
      takeTest(into, test.of, not === '' ? 'no ' : '');
      break;
  }
}

function takePick(into: Collected, pick: NonNullable<Things['pick']>, not: '' | 'no '): void {
  const { terms } = into;
  switch (pick.pick) {
    case 'fromSide':
      terms.add(`${not}${pick.side} ${pick.rank}`);
      break;
    case 'bySize':
      terms.add(`${not}${pick.size === 'large' ? 'largest' : 'smallest'} ${pick.rank}`);
      break;
    case 'nearest':
      terms.add(`${not}nearest`);
      measuredAgainst(into, pick.to);
      break;
    case 'farthest':
      terms.add(`${not}farthest`);
      measuredAgainst(into, pick.from);
      break;
    case 'mostCentral':
      terms.add(`${not}mostCentral`);
      break;
    case 'group':
      terms.add(not + pick.shape);
      break;
  }
}

function takeThings(into: Collected, { tests, pick }: Things, not: '' | 'no '): void {
  for (const test of tests) takeTest(into, test, not);
  if (pick) takePick(into, pick, not);
}

function takeForm(into: Collected, form: Form): void {
  if (form.form === 'union') {
    into.terms.add('union');
    for (const part of form.parts) takeForm(into, part);
    return;
  }
  for (const category of form.things.categories) into.targets.add(category);
  takeThings(into, form.things, '');
  // "All but the leftmost" rules out what is left of all.
  if (form.form === 'except') takeThings(into, form.but, 'no ');
}

/** The terms of a generated sentence's form. */
export function formTerms(form: Form): FormTerms {
  const into: Collected = { targets: new Set(), anchors: new Set(), terms: new Set(), anchorTerms: new Set() };
  takeForm(into, form);
  return into;
}

const thingsSchema = z.looseObject({ categories: z.array(z.string()), tests: z.array(z.looseObject({})) });

/** The sentences of a `scenes.json` that `refersat generate` wrote, by scene. */
export const formScenesSchema = z.object({
  scenes: z.array(
    z.object({
      split: z.string(),
      sentences: z.array(
        z.object({
          sentenceId: z.number().int(),
          sentence: z.string(),
          construct: z.string(),
          // The generator's own forms: what stands in `things` is looked at no closer than that it is there.
          form: z.custom<Form>(
            (form) =>
              z
                .union([z.looseObject({ things: thingsSchema }), z.looseObject({ parts: z.array(z.looseObject({})) })])
                .safeParse(form).success,
            'is no form that refersat generate writes',
          ),
        }),
      ),
    }),
  ),
});

/** The scenes with the forms of their sentences, of a release's folder. */
export async function readFormScenes(root: string): Promise<z.infer<typeof formScenesSchema>['scenes']> {
  return formScenesSchema.parse(JSON.parse(await readFile(join(root, 'scenes.json'), 'utf8'))).scenes;
}
