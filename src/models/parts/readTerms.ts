import { slice, type Value } from '../../engine/index.js';
import { candidateRanks, candidateSides } from './candidateThings.js';

/** Relations of a thing to what the sentence measures it against, in the order in which `relationTruths` tells them. */
export const readRelations = [
  'leftOf',
  'rightOf',
  'above',
  'below',
  'near',
  'on',
  'between',
  'surrounded',
  'nearest',
  'farthest',
  'larger',
  'smaller',
] as const;

/** Parts of the picture, in the order in which `placeTruths` tells them. */
export const readPlaces = [
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
] as const;

const groups = {
  relations: readRelations,
  places: readPlaces.map((place) => `at ${place}`),
  sizes: ['large', 'small'],
  /** In the order of `paints`. */
  colours: ['white', 'black', 'grey', 'red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'brown', 'beige'],
  /** Choices of one thing: the first ones in the order of the ranks of `candidateThings`. */
  picks: [
    ...candidateSides.flatMap((side) => Array.from({ length: candidateRanks }, (_, at) => `${side} ${at + 1}`)),
    'largest 1',
    'smallest 1',
    'mostCentral',
  ],
  headings: candidateSides.map((side) => `toward ${side}`),
  /** Choices by size behind the first ones, in the order in which `sizeRankTruths` tells them. */
  sizeRanks: ['largest 2', 'largest 3', 'smallest 2', 'smallest 3'],
  arrangements: ['row', 'cluster'],
} as const satisfies Record<string, readonly string[]>;

export type TermGroup = keyof typeof groups;

const asked: readonly string[] = Object.values(groups).flat();

/**
 * What a sentence may ask of the things that it means, by name: what it asks for, then the same ruled out (`no near`, `no
 * left 1`: "all but the leftmost"), then whether it means the things of several phrases.
 */
export const readTerms: readonly string[] = [...asked, ...asked.map((name) => `no ${name}`), 'union'];

/** The terms of a group of values [B, terms], asked for or ruled out: [B, size of the group]. */
export function termsOf(values: Value, group: TermGroup, isRuledOut: boolean): Value {
  const start = asked.indexOf(groups[group][0]) + (isRuledOut ? asked.length : 0);
  return slice(values, 1, start, groups[group].length);
}

/** Whether the sentence means the things of several phrases [B, 1], of values [B, terms]. */
export const unionOf = (values: Value): Value => slice(values, 1, readTerms.length - 1, 1);
