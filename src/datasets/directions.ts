import type { PictureTransform } from '../imagery/index.js';

export type { PictureTransform };

/** A direction in the picture; north counts as up, as words about aerial pictures mean it. */
export type Direction = 'up' | 'right' | 'down' | 'left';

const clockwise: readonly Direction[] = ['up', 'right', 'down', 'left'];

/** What a transform does to directions, as rewriting needs to know it. */
export interface Turning {
  readonly turn: (direction: Direction) => Direction;
  /** Left and right change places or become up and down. */
  readonly movesHorizontal: boolean;
  /** Up and down change places or become left and right. */
  readonly movesVertical: boolean;
  /** The picture becomes its mirror image: writing and turns to the left change, which no rotation does. */
  readonly mirrors: boolean;
  /** Rows become columns. */
  readonly isQuarter: boolean;
}

/** Where each direction of a picture points after the transform. */
export function turningOf(transform: PictureTransform): Turning {
  const steps = { 'rotate-90': 1, 'rotate-180': 2, 'rotate-270': 3, 'flip-horizontal': 0, 'flip-vertical': 0 }[
    transform
  ];
  const turn = (direction: Direction): Direction => {
    const place = clockwise.indexOf(direction);
    const isHorizontal = place % 2 === 1;
    if (transform === 'flip-horizontal') return clockwise[isHorizontal ? (place + 2) % 4 : place];
    if (transform === 'flip-vertical') return clockwise[isHorizontal ? place : (place + 2) % 4];
    return clockwise[(place + steps) % 4];
  };
  return {
    turn,
    movesHorizontal: turn('left') !== 'left',
    movesVertical: turn('up') !== 'up',
    mirrors: transform.startsWith('flip'),
    isQuarter: steps % 2 === 1,
  };
}

/** One kind of word in all four directions. */
export type DirectionWords = Readonly<Record<Direction, string>>;

/** A rule of rewriting, tried where its pattern (sticky) matches. */
export interface DirectionRule {
  readonly pattern: RegExp;
  /** The new words, or null where they cannot be rewritten. `before` and `after` are what stands around the match. */
  readonly rewrite: (match: RegExpExecArray, turning: Turning, before: string, after: string) => string | null;
}
