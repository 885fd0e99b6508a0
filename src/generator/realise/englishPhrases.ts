import type { Place, Relation, Side } from '../logicalForm.js';
import type { ColourName } from '../scene.js';

/*
 * Wordings of English, several for each meaning. `{image}` becomes image, picture, photo or scene; `{centre}` and
 * the like are spelled the British or the American way.
 */

/** Place behind the noun; the short ones serve telegraphic style too. */
export const placeAfter: Readonly<Record<Place, readonly string[]>> = {
  left: [
    'on the left',
    'on the left side',
    'on the left side of the {image}',
    'in the left part of the {image}',
    'on the left-hand side',
    'in the left half of the {image}',
    'at left',
  ],
  right: [
    'on the right',
    'on the right side',
    'on the right side of the {image}',
    'in the right part of the {image}',
    'on the right-hand side',
    'in the right half of the {image}',
    'at right',
  ],
  top: [
    'at the top',
    'at the top of the {image}',
    'in the upper part of the {image}',
    'in the top part',
    'in the upper half',
    'in the top half of the {image}',
  ],
  bottom: [
    'at the bottom',
    'at the bottom of the {image}',
    'in the lower part of the {image}',
    'in the bottom part',
    'in the lower half',
    'in the bottom half of the {image}',
  ],
  topLeft: [
    'at the top left',
    'in the top left',
    'in the upper left',
    'in the upper left part of the {image}',
    'in the top-left area',
    'on the upper left side',
    'at the upper left of the {image}',
  ],
  topRight: [
    'at the top right',
    'in the top right',
    'in the upper right',
    'in the upper right part of the {image}',
    'in the top-right area',
    'on the upper right side',
    'at the upper right of the {image}',
  ],
  bottomLeft: [
    'at the bottom left',
    'in the bottom left',
    'in the lower left',
    'in the lower left part of the {image}',
    'in the bottom-left area',
    'on the lower left side',
    'at the lower left of the {image}',
  ],
  bottomRight: [
    'at the bottom right',
    'in the bottom right',
    'in the lower right',
    'in the lower right part of the {image}',
    'in the bottom-right area',
    'on the lower right side',
    'at the lower right of the {image}',
  ],
  centre: [
    'in the {centre}',
    'in the middle',
    'in the middle of the {image}',
    'in the {centre} of the {image}',
    'at the {centre} of the {image}',
    'in the central part of the {image}',
  ],
  topCentre: ['at the top {centre}', 'in the upper middle of the {image}', 'in the middle of the top part'],
  bottomCentre: ['at the bottom {centre}', 'in the lower middle of the {image}', 'in the middle of the bottom part'],
  leftCentre: ['in the middle of the left side', 'halfway down the left side of the {image}', 'at the middle left'],
  rightCentre: ['in the middle of the right side', 'halfway down the right side of the {image}', 'at the middle right'],
  corner: ['in the corner', 'in a corner', 'in the corner of the {image}'],
  topLeftCorner: ['in the top left corner', 'in the upper left corner', 'in the upper-left corner of the {image}'],
  topRightCorner: ['in the top right corner', 'in the upper right corner', 'in the upper-right corner of the {image}'],
  bottomLeftCorner: [
    'in the bottom left corner',
    'in the lower left corner',
    'in the lower-left corner of the {image}',
  ],
  bottomRightCorner: [
    'in the bottom right corner',
    'in the lower right corner',
    'in the lower-right corner of the {image}',
  ],
  leftEdge: ['at the left edge', 'at the left edge of the {image}', 'at the left border', 'on the far left edge'],
  rightEdge: ['at the right edge', 'at the right edge of the {image}', 'at the right border', 'on the far right edge'],
  topEdge: ['at the top edge', 'at the top edge of the {image}', 'at the upper border', 'at the very top'],
  bottomEdge: ['at the bottom edge', 'at the bottom edge of the {image}', 'at the lower border', 'at the very bottom'],
};

/** Place before the noun; places without an entry only stand behind it. */
export const placeBefore: Readonly<Partial<Record<Place, readonly string[]>>> = {
  left: ['left', 'left-hand'],
  right: ['right', 'right-hand'],
  top: ['upper', 'top'],
  bottom: ['lower', 'bottom'],
  topLeft: ['top left', 'upper-left', 'top-left', 'upper left'],
  topRight: ['top right', 'upper-right', 'top-right', 'upper right'],
  bottomLeft: ['bottom left', 'lower-left', 'bottom-left', 'lower left'],
  bottomRight: ['bottom right', 'lower-right', 'bottom-right', 'lower right'],
  centre: ['central'],
};

export const relationPhrases: Readonly<Record<Exclude<Relation, 'on'>, readonly string[]>> = {
  leftOf: ['to the left of', 'left of', 'on the left of'],
  rightOf: ['to the right of', 'right of', 'on the right of'],
  above: ['above', 'above', 'further up than'],
  below: ['below', 'below', 'further down than'],
  near: ['next to', 'near', 'beside', 'close to', 'by', 'alongside', 'adjacent to'],
};

/** Nouns that things are in, not on. */
export const insideNouns: ReadonlySet<string> = new Set([
  'river',
  'lake',
  'ocean',
  'water',
  'pool',
  'harbor',
  'parking',
  'grass',
  'vegetation',
  'low vegetation',
  'forest',
  'road intersection',
  'roundabout',
  'stadium',
  'farmland',
]);

/** Things that are over what they are on. */
export const spanningNouns: ReadonlySet<string> = new Set(['bridge', 'overpass']);

/** Neutral ways to say where something is, before a phrase of place or relation. */
export const locatedWords = ['located', 'situated', 'positioned', 'found', 'lying'];

export const largeWords = ['large', 'big', 'large', 'big', 'sizeable'];
export const smallWords = ['small', 'small', 'little'];

export const fromSideWords: Readonly<Record<Side, { before: readonly string[]; after: readonly string[] }>> = {
  left: {
    before: ['leftmost', 'leftmost', 'far left'],
    after: ['furthest to the left', 'farthest to the left', 'on the far left', 'closest to the left edge'],
  },
  right: {
    before: ['rightmost', 'rightmost', 'far right'],
    after: ['furthest to the right', 'farthest to the right', 'on the far right', 'closest to the right edge'],
  },
  top: {
    before: ['topmost', 'uppermost'],
    after: ['closest to the top', 'nearest to the top edge', 'furthest up'],
  },
  bottom: {
    before: ['bottommost', 'lowermost', 'lowest'],
    after: ['closest to the bottom', 'nearest to the bottom edge', 'furthest down'],
  },
};

export const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth'];
export const ordinalFigures = ['1st', '2nd', '3rd', '4th', '5th', '6th', '7th', '8th'];
export const numerals = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

export const nearestPhrases = ['closest to', 'nearest to', 'nearest'];
export const farthestPhrases = ['farthest from', 'furthest from', 'furthest away from'];
export const centralPhrases = ['closest to the {centre} of the {image}', 'nearest to the {centre}'];

export const headingAfter: Readonly<Record<Side, readonly string[]>> = {
  left: ['facing left', 'pointing left', 'pointing to the left', 'heading left'],
  right: ['facing right', 'pointing right', 'pointing to the right', 'heading right'],
  top: ['facing up', 'pointing up', 'pointing to the top of the {image}', 'heading up'],
  bottom: ['facing down', 'pointing down', 'pointing to the bottom of the {image}', 'heading down'],
};

export const groupWords = { row: ['row', 'line', 'row'], cluster: ['group', 'cluster'] } as const;

export const surroundedPhrases = ['surrounded by', 'encircled by', 'enclosed by'];

export const exceptWords = ['except', 'except for', 'but not', 'apart from', 'other than', 'excluding'];

export const imperatives = [
  'segment',
  'find',
  'show',
  'show me',
  'highlight',
  'mark',
  'select',
  'outline',
  'locate',
  'identify',
  'point out',
  'pick out',
  'extract',
  'mask',
  'please segment',
  'please find',
  'i want to see',
  'look for',
  'give me',
  'detect',
];

/** Colour words in both spellings. */
export const colourWord = (colour: ColourName, british: boolean): string =>
  colour === 'grey' && !british ? 'gray' : colour;
