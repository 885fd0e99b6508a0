import type { Direction, DirectionRule, DirectionWords, Turning } from './directions.js';

const families: readonly DirectionWords[] = [
  { left: 'left', right: 'right', up: 'top', down: 'bottom' },
  { left: 'left', right: 'right', up: 'upper', down: 'lower' },
  { left: 'leftmost', right: 'rightmost', up: 'topmost', down: 'bottommost' },
  { left: 'left-most', right: 'right-most', up: 'top-most', down: 'bottom-most' },
  { left: 'leftmost', right: 'rightmost', up: 'uppermost', down: 'lowermost' },
  { left: 'leftward', right: 'rightward', up: 'upward', down: 'downward' },
  { left: 'leftwards', right: 'rightwards', up: 'upwards', down: 'downwards' },
  { left: 'west', right: 'east', up: 'north', down: 'south' },
  { left: 'western', right: 'eastern', up: 'northern', down: 'southern' },
  { left: 'westernmost', right: 'easternmost', up: 'northernmost', down: 'southernmost' },
  { left: 'westward', right: 'eastward', up: 'northward', down: 'southward' },
  { left: 'westwards', right: 'eastwards', up: 'northwards', down: 'southwards' },
  { left: 'westbound', right: 'eastbound', up: 'northbound', down: 'southbound' },
  { left: 'westerly', right: 'easterly', up: 'northerly', down: 'southerly' },
];

/** Every direction word with its direction and family; the first family wins where a word is in two. */
const wordsOf = new Map<string, { direction: Direction; family: DirectionWords }>();
for (const family of families) {
  for (const direction of ['left', 'right', 'up', 'down'] as const) {
    if (!wordsOf.has(family[direction])) wordsOf.set(family[direction], { direction, family });
  }
}

const turnedWord = (word: string, { turn }: Turning): string => {
  const known = wordsOf.get(word);
  return known ? known.family[turn(known.direction)] : word;
};

/** Two words such as "upper left": the vertical one stays in front, whichever it comes from. */
function turnedPair(vertical: string, horizontal: string, turning: Turning): [string, string] {
  const first = wordsOf.get(vertical);
  const second = wordsOf.get(horizontal);
  if (!first || !second) return [vertical, horizontal];
  const directions = [turning.turn(first.direction), turning.turn(second.direction)];
  if (turning.isQuarter) directions.reverse();
  return [first.family[directions[0]], second.family[directions[1]]];
}

const word = (source: string): RegExp => new RegExp(`(?:${source})(?![\\p{L}\\p{N}])`, 'uy');
const keep = (source: string): DirectionRule => ({ pattern: word(source), rewrite: (match) => match[0] });
/** Words that say something which the transform would falsify in a way that no other words mend. */
const refuse = (source: string, when: (turning: Turning) => boolean): DirectionRule => ({
  pattern: word(source),
  rewrite: (match, turning) => (when(turning) ? null : match[0]),
});

const horizontal = ({ movesHorizontal }: Turning): boolean => movesHorizontal;
const vertical = ({ movesVertical }: Turning): boolean => movesVertical;
const mirrors = (turning: Turning): boolean => turning.mirrors;

const picture = '(?:the |this )?(?:image|picture|photo|photograph|scene|frame|view|map|screen|tile|pic|img)';
const ofPicture = new RegExp(`^ ${picture}`);
/** What follows a place that is said in full: an end, a mark, or a word that starts something new. */
const phraseEnd =
  '\\s*(?:$|[^\\s\\p{L}\\p{N}-]|\\p{Script=Han})|\\s+(?:of|and|or|near|next|beside|by|with|without|that|which|who|is|are|in|on|at|to|from|behind|parked|facing|the|a|an|this|along|between)(?![\\p{L}\\p{N}-])|(?<=of)\\s';
const place = { left: 'on the left', right: 'on the right', up: 'at the top', down: 'at the bottom' } as const;
const relation = { left: 'to the left of', right: 'to the right of', up: 'above', down: 'below' } as const;
const furthest = { left: 'to the left', right: 'to the right', up: 'up', down: 'down' } as const;
const sideOf: Readonly<Record<string, Direction>> = { left: 'left', right: 'right', up: 'up', down: 'down' };
const exactly =
  'next|beside|near|nearby|above|below|under|beneath|behind|in|at|by|after|before|between|along|alongside|across|where|outside|inside|over|on|onto|into|through|against|adjacent|opposite|up|down|there|here|now|away';
const ordinal = '(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|\\d+(?:st|nd|rd|th))';

/** Left or right that turns with a thing's own heading, so that only the mirror image of the road changes it. */
const heading = (source: string): DirectionRule => ({
  pattern: word(source),
  rewrite: (match, turning) => {
    if (turning.mirrors && !turning.movesVertical) {
      return match[0].replace(/left|right/, (side) => turnedWord(side, turning));
    }
    return null;
  },
});

/** English rules, the more particular before the general; every pattern is for lower-case text. */
export const englishRules: readonly DirectionRule[] = [
  keep('right[- ]angle[ds]?|right triangles?|right[- ]of[- ]way|left[- ]?overs|above[- ]?ground|uppercase|lowercase'),
  heading('(?:turn|veer|bend|curv|steer)(?:e?s|ing|e?d|e)?(?: to the)? (?:left|right)'),
  heading('(?:left|right)[- ]turn(?:s|ing)?'),
  {
    pattern: word('(?:counter[- ]?|anti[- ]?)?clockwise'),
    rewrite: ([text], turning) => (!turning.mirrors ? text : text === 'clockwise' ? 'counterclockwise' : 'clockwise'),
  },
  {
    pattern: word('(?:left|right)[- ]?hand(?:ed)?'),
    rewrite: ([text], turning) => {
      const side = text.startsWith('left') ? 'left' : 'right';
      return turning.isQuarter ? turnedWord(side, turning) : text.replace(side, turnedWord(side, turning));
    },
  },
  {
    pattern: word('(left|right)([\\s-]+)(top|upper|bottom|lower)'),
    rewrite: ([, first, gap, second], turning) => {
      const [above, beside] = turnedPair(second, first, turning);
      return `${beside}${gap}${above}`;
    },
  },
  {
    // "right next to" means "directly next to", unless it ends "on the right".
    pattern: word(`right(?= (?:${exactly})(?![\\p{L}\\p{N}]))`),
    rewrite: ([text], turning, before) => {
      if (/(?:the|upper|lower|top|bottom|far|cent(?:er|re)|middle|to|on|at|most|side)[\s-]+$/.test(before)) {
        return turnedWord(text, turning);
      }
      return turning.movesHorizontal ? null : text;
    },
  },
  refuse('left (?:behind|over|alone|empty|open|unattended|by|out|blank|unused|vacant|untouched)', horizontal),
  {
    // "left of the tree" is above it when rows become columns; "the left of it" is said in too many ways.
    pattern: word('(left|right) of'),
    rewrite: ([text, side], turning, before, after) => {
      const direction = turning.turn(side === 'left' ? 'left' : 'right');
      if (!turning.isQuarter || ofPicture.test(after)) return text.replace(side, turnedWord(side, turning));
      return /(?:the|far)\s+$/.test(before) ? null : relation[direction];
    },
  },
  {
    // "the only car that is left": a verb, unless a place follows.
    pattern: word('left'),
    rewrite: ([text], turning, before, after) => {
      const isVerb =
        /(?:be|been|being|was|were|is|are|has|have|had)\s+$/.test(before) &&
        !/^[\s-]+(?:of|side|hand|part|half)/.test(after);
      if (isVerb) return turning.movesHorizontal ? null : text;
      return turnedWord(text, turning);
    },
  },
  {
    pattern: word('(further|furthest|farther|farthest) (to the |to )?(left|right|up|down)'),
    rewrite: ([text, degree, , side], turning) => {
      if (!turning.isQuarter)
        return text.replace(/[a-z]+$/, furthest[turning.turn(sideOf[side])].replace('to the ', ''));
      return `${degree} ${furthest[turning.turn(sideOf[side])]}`;
    },
  },
  {
    // Half of a side's length is the same from both ends.
    pattern: word('halfway (?:up|down|along|across)'),
    rewrite: ([text], { isQuarter }) => (isQuarter ? 'halfway along' : text),
  },
  refuse('on top(?: of)?', vertical),
  refuse(
    'top of (?:the |a |an )?(?:building|house|roof|hill|mountain|tower|tank|truck|vehicle|car|bus|container|ship|boat|chimney|bridge|stack)s?',
    vertical,
  ),
  refuse(
    'under|underneath|beneath|atop|behind|in front(?: of)?|ahead(?: of)?|upside|up|down|higher|highest|lowest|uphill|downhill|overhead',
    vertical,
  ),
  refuse('letters?|text|lettering|numbered|number \\d+|logos?|written|inscriptions?|digits?|[szpgjf]-?shaped', mirrors),
  refuse("\\d+ o'?clock|o'?clock", () => true),
  keep(`${ordinal}[- ](?:largest|smallest|biggest|longest|shortest|tallest|widest|most)`),
  {
    pattern: word(ordinal),
    rewrite: ([text], _turning, before, after) => (countsFromASide(before + after) ? text : null),
  },
  {
    pattern: word('horizontal(ly)?|vertical(ly)?'),
    rewrite: ([text], { isQuarter }) => {
      if (!isQuarter) return text;
      return text.startsWith('h') ? text.replace('horizontal', 'vertical') : text.replace('vertical', 'horizontal');
    },
  },
  {
    pattern: word('(top|upper|bottom|lower)([\\s-]*)(left|right)(most)?'),
    rewrite: ([, first, gap, second, most = ''], turning) => {
      const [above, beside] = turnedPair(first, second, turning);
      return `${above}${gap}${beside}${most}`;
    },
  },
  {
    pattern: word('(north|south)([\\s-]?)(east|west)(ernmost|ern|erly|wards?|bound)?'),
    rewrite: ([, first, gap, second, end = ''], turning) => {
      const [above, beside] = turnedPair(first, second, turning);
      return `${above}${gap}${beside}${end}`;
    },
  },
  {
    // Lower than what? Only a place in the picture can be rewritten.
    pattern: word('lower'),
    rewrite: ([text], turning, _before, after) => {
      const isPlace = new RegExp(
        `^[\\s-]+(?:half|part|side|corner|edge|border|portion|section|area|region|third|quarter|end|row|middle|cent(?:er|re)|of ${picture})`,
      ).test(after);
      if (isPlace)
        return turning.turn('down') === 'down'
          ? text
          : { up: 'upper', down: 'lower', left: 'left', right: 'right' }[turning.turn('down')];
      return turning.movesVertical ? null : text;
    },
  },
  {
    pattern: word('upper'),
    rewrite: (_match, turning) => ({ up: 'upper', down: 'lower', left: 'left', right: 'right' })[turning.turn('up')],
  },
  {
    // "on the left" alone, not "on the left side" or "on the left car".
    pattern: new RegExp(`(?:to|on|at|in) (the )?(left|right|top|bottom)(?: of(?![\\p{L}]))?(?=${phraseEnd})`, 'uy'),
    rewrite: ([text, the = '', side], turning, before, after) => {
      const isRange = /from (?:the )?(?:left|right|top|bottom) $/.test(before);
      if (!turning.isQuarter || isRange) return text.replace(side, turnedWord(side, turning));
      const direction = turning.turn(wordsOf.get(side)?.direction ?? 'left');
      const isPlace = !text.endsWith(' of') || side === 'top' || side === 'bottom' || ofPicture.test(after);
      if (!isPlace) return relation[direction];
      const words = the === '' ? place[direction].replace('the ', '') : place[direction];
      return text.endsWith(' of') ? `${words} of` : words;
    },
  },
  {
    pattern: word('above|below'),
    rewrite: ([text], turning, _before, after) => {
      const direction = turning.turn(text === 'above' ? 'up' : 'down');
      if (!turning.isQuarter) return relation[direction];
      // "the car above": nothing follows that it could be to the left of.
      return /^\s+[\p{L}\p{N}]/u.test(after) ? relation[direction] : null;
    },
  },
  {
    pattern: word([...wordsOf.keys()].sort((a, b) => b.length - a.length).join('|')),
    rewrite: ([text], turning) => turnedWord(text, turning),
  },
];

/** True where an ordinal is counted from a side that the sentence names: "second from the left". */
function countsFromASide(rest: string): boolean {
  return /(?<![\p{L}])from(?: the)? (?:far )?(?:left|right|top|bottom|north|south|east|west)(?![\p{L}])/u.test(rest);
}
