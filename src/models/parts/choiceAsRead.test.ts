import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cast,
  compile,
  createScope,
  floatTensor,
  greater,
  type HostTensor,
  initialise,
  input,
} from '../../engine/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { anchorCandidates } from './anchorsAsRead.js';
import { thingsOfEach } from './candidateThings.js';
import { choiceAsRead } from './choiceAsRead.js';
import { readTerms } from './readTerms.js';

/** Ships (letters) and what they are measured against: P and Q are piers, W water. */
const picture = [
  'aa........................bb....',
  'aa...PPPP.................bb....',
  '.....PPPP.......................',
  '................................',
  '................................',
  '................................',
  '...........cc...................',
  '...........cc...................',
  '................................',
  '..................WWWWWWWW......',
  '..................WWWWWWWW......',
  '..................WWWddWWW......',
  '..................WWWddWWW......',
  '..................WWWWWWWW......',
  '..................WWWWWWWW......',
  '................................',
  '................................',
  'Q...............................',
  '................................',
  '................................',
  '................................',
  '................................',
  '........................eeee....',
  '........................eeee....',
  '........................eeee....',
  '........................eeee....',
  '................................',
  '................................',
  '................................',
  '................................',
  'ff..............................',
  'ff..............................',
];
/** Each letter is a square of so many cells: the rules are for maps of about a hundred. */
const scale = 3;
const side = scale * picture.length;
const cells = picture.flatMap((row) => {
  const wide = [...row].flatMap((letter) => Array<string>(scale).fill(letter));
  return Array.from({ length: scale }, () => wide).flat();
});
const classes = ['ship', 'pier', 'water'];
const ships = 'abcdef';
const classOf = (cell: string): string =>
  ships.includes(cell) ? 'ship' : cell === 'W' ? 'water' : cell === '.' ? '' : 'pier';

const logitsFor = (names: readonly string[], said: readonly string[]): number[] =>
  names.map((name) => (said.includes(name) ? 9 : -9));

let compiled: Awaited<ReturnType<typeof compile>>;
let parameters: Record<string, HostTensor>;

beforeAll(async () => {
  const scope = createScope({ training: false });
  const found = input('found', [1, 1, side, side]);
  const reading = {
    targets: input('targets', [1, classes.length]),
    anchors: input('anchors', [1, classes.length]),
    terms: input('terms', [1, readTerms.length]),
    anchorTerms: input('anchor_terms', [1, readTerms.length]),
  };
  const candidates = anchorCandidates(input('shares', [1, classes.length, side, side]), reading);
  const [counted, ofAnchors] = thingsOfEach([{ found, isCandidate: cast(greater(found, 0), 'float32') }, candidates]);
  const margin = choiceAsRead(scope, found, counted, { candidates, counted: ofAnchors }, reading);
  compiled = await compile({ margin }, { runtime: onnxruntimeNode });
  parameters = Object.fromEntries(
    [...scope.declared.parameters.values()].map(({ name, shape, initialiser }) => [
      name,
      floatTensor(initialise(initialiser, shape, 1, name), shape),
    ]),
  );
});
afterAll(() => compiled.release());

interface Said {
  readonly terms: readonly string[];
  readonly anchors?: readonly string[];
  readonly anchorTerms?: readonly string[];
  /** Logits of the ships. */
  readonly sureness?: number;
}

/** The ships that a sentence leaves, every one of which is found. */
async function chosen({ terms, anchors = [], anchorTerms = [], sureness = 2 }: Said): Promise<string> {
  const found = cells.map((cell) => (ships.includes(cell) ? sureness : -6));
  const shares = classes.flatMap((name) => cells.map((cell) => (classOf(cell) === name ? 0.95 : 0.01)));
  const { margin } = (await compiled.run({
    ...parameters,
    found: floatTensor(Float32Array.from(found), [1, 1, side, side]),
    shares: floatTensor(Float32Array.from(shares), [1, classes.length, side, side]),
    targets: floatTensor(Float32Array.from(logitsFor(classes, ['ship'])), [1, classes.length]),
    anchors: floatTensor(Float32Array.from(logitsFor(classes, anchors)), [1, classes.length]),
    terms: floatTensor(Float32Array.from(logitsFor(readTerms, terms)), [1, readTerms.length]),
    anchor_terms: floatTensor(Float32Array.from(logitsFor(readTerms, anchorTerms)), [1, readTerms.length]),
  })) as Record<string, HostTensor>;
  const left = cells.filter((cell, at) => ships.includes(cell) && found[at] + Number(margin.data[at]) > 0);
  return [...new Set(left)].sort().join('');
}

describe('of six ships', () => {
  const cases: readonly (readonly [sentence: string, said: Said, ships: string])[] = [
    ['ships', { terms: [] }, 'abcdef'],
    ['the ships on the left', { terms: ['at left'] }, 'acf'],
    ['ships that are not on the left', { terms: ['no at left'] }, 'bde'],
    ['the ship in the lower left corner', { terms: ['at bottomLeftCorner'] }, 'f'],
    ['the second ship from the right', { terms: ['right 2'] }, 'e'],
    ['the third ship from the top', { terms: ['top 3'] }, 'c'],
    ['all ships but the lowest', { terms: ['no bottom 1'] }, 'abcde'],
    ['the ship on the left and something else', { terms: ['at left', 'union'] }, 'abcdef'],
    ['the large ship', { terms: ['large'] }, 'e'],
    ['the largest ship', { terms: ['largest 1'] }, 'e'],
    ['what has piers on opposite sides, however far aside', { terms: ['between'], anchors: ['pier'] }, 'acdf'],
    ['the ship nearest to the middle', { terms: ['mostCentral'] }, 'd'],
    ['the ship on the water', { terms: ['on'], anchors: ['water'] }, 'd'],
    ['ships that are not on the water', { terms: ['no on'], anchors: ['water'] }, 'abcef'],
    ['the ships left of the water', { terms: ['leftOf'], anchors: ['water'] }, 'acf'],
    ['the ships above the lower pier', { terms: ['above'], anchors: ['pier'], anchorTerms: ['at bottom'] }, 'ac'],
    ['the ship nearest to the water', { terms: ['nearest'], anchors: ['water'] }, 'd'],
    ['the ship farthest from the water', { terms: ['farthest'], anchors: ['water'] }, 'f'],
    [
      'the ship nearest to the pier at the left edge',
      { terms: ['nearest'], anchors: ['pier'], anchorTerms: ['at leftEdge'] },
      'f',
    ],
    ['the ship nearest to the upper pier', { terms: ['nearest'], anchors: ['pier'], anchorTerms: ['top 1'] }, 'a'],
    [
      'the ship nearest to the rightmost ship',
      { terms: ['nearest'], anchors: ['ship'], anchorTerms: ['right 1'] },
      'd',
    ],
    [
      'ships larger than the leftmost',
      { sureness: 0.5, terms: ['larger'], anchors: ['ship'], anchorTerms: ['top 3'] },
      'e',
    ],
    [
      'ships smaller than the largest',
      { sureness: 0.5, terms: ['smaller'], anchors: ['ship'], anchorTerms: ['largest 1'] },
      'abcdf',
    ],
    ['the upper one of the ships on the right', { terms: ['at right', 'top 1'] }, 'b'],
    ['the second from the left of those at the top', { terms: ['at top', 'left 2'] }, 'c'],
    ['ships near another ship, which no map tells', { terms: ['near'], anchors: ['ship'] }, 'abcdef'],
  ];
  it.each(cases)('%s', async (_, said, expected) => {
    expect(await chosen(said)).toBe(expected);
  });
});
