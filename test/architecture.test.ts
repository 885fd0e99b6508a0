import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = resolve(dirname(fileURLToPath(import.meta.url)), '../src');

/** Each room and those it may import; docs/architecture.md explains why. */
const mayImport: Record<string, readonly string[]> = {
  errors: [],
  random: [],
  files: ['errors'],
  progress: [],
  tensors: ['errors'],
  masks: ['errors'],
  pickles: ['errors'],
  text: ['errors', 'random'],
  engine: ['tensors', 'errors', 'random'],
  runtimes: ['engine', 'tensors', 'errors'],
  nn: ['engine', 'tensors', 'errors', 'random'],
  models: ['nn', 'engine', 'tensors', 'text', 'errors', 'random'],
  weights: ['models', 'nn', 'engine', 'tensors', 'text', 'pickles', 'files', 'errors', 'random'],
  imagery: ['masks', 'files', 'errors', 'random'],
  datasets: ['imagery', 'masks', 'text', 'pickles', 'files', 'progress', 'errors', 'random'],
  generator: ['datasets', 'imagery', 'masks', 'text', 'files', 'progress', 'errors', 'random'],
};
const everythingBelow = [...Object.keys(mayImport)];
for (const room of ['training', 'evaluation', 'segmentation']) mayImport[room] = everythingBelow;
// Training scores its validation split, so it stands on the two others; a report of evaluation draws with segmentation.
mayImport.evaluation = [...everythingBelow, 'segmentation'];
mayImport.training = [...everythingBelow, 'segmentation', 'evaluation'];
mayImport.cli = [...everythingBelow, 'training', 'evaluation', 'segmentation'];

/** Rooms that run in a browser as they are. */
const browserRooms = ['errors', 'random', 'tensors', 'engine', 'nn', 'models', 'masks', 'pickles', 'text'];

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !/\/test[A-Z]\w*\.ts$/.test(path))
  .map((path) => ({
    path,
    room: path.includes('/') ? path.split('/')[0] : '',
    text: readFileSync(join(source, path), 'utf8'),
  }));

const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1]);

/** Every import of a room from another, or from what lies beside the rooms. */
const betweenRooms = files.flatMap(({ path, room, text }) =>
  importsOf(text).flatMap((name) => {
    if (room === '' || !name.startsWith('.')) return [];
    const [target, ...rest] = relative(source, resolve(source, dirname(path), name)).split('/');
    return target === room ? [] : [{ room, target, file: rest.join('/'), told: `${path} imports ${name}` }];
  }),
);

describe('the rooms', () => {
  it('are all known', () => {
    const unknown = files.filter(({ room }) => room !== '' && !(room in mayImport)).map(({ path }) => path);
    expect(unknown, 'a file in a room that this test does not know').toEqual([]);
  });

  it('import one way only', () => {
    const wrong = betweenRooms.filter(({ room, target }) => !mayImport[room].includes(target));
    expect(wrong.map(({ told }) => told)).toEqual([]);
  });

  it('give through their index.ts alone what they give', () => {
    // An adapter loads its runtime: each is imported by itself, by those who mean it.
    const wrong = betweenRooms.filter(({ target, file }) => target !== 'runtimes' && file !== 'index.js');
    expect(wrong.map(({ told }) => told)).toEqual([]);
  });

  it('that run in a browser import nothing of Node', () => {
    const wrong = files
      .filter(({ room }) => browserRooms.includes(room))
      .flatMap(({ path, text }) =>
        importsOf(text)
          .filter((name) => name.startsWith('node:'))
          .map((name) => `${path} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  it('have no default exports', () => {
    expect(files.filter(({ text }) => /^export default/m.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
