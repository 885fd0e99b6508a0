import type { ColourName } from '../scene.js';
import { css, mix, near, paintOf, type Rgb, shade, weighted } from './colour.js';
import { type Point, place, type Ring, rectangle } from './geometry.js';
import { fillRing, fillRings, strokeLine } from './ink.js';
import type { Context, Stage } from './stage.js';

export type ShipKind =
  | 'motorboat'
  | 'yacht'
  | 'sailing'
  | 'fishing'
  | 'ferry'
  | 'cargo'
  | 'tanker'
  | 'bulk'
  | 'barge'
  | 'tug';

export interface ShipOptions {
  readonly kind: ShipKind;
  readonly lengthM?: number;
  readonly colour?: ColourName;
  /** Draws the wake of a ship under way. */
  readonly moving?: boolean;
}

const lengthsM: Record<ShipKind, readonly [number, number]> = {
  motorboat: [5, 9],
  yacht: [10, 28],
  sailing: [7, 15],
  fishing: [10, 28],
  ferry: [30, 110],
  cargo: [90, 290],
  tanker: [90, 260],
  bulk: [90, 230],
  barge: [30, 80],
  tug: [18, 32],
};
const slenderness: Record<ShipKind, number> = {
  motorboat: 2.7,
  yacht: 3.6,
  sailing: 3.3,
  fishing: 3.4,
  ferry: 4.4,
  cargo: 6.6,
  tanker: 6,
  bulk: 6.2,
  barge: 4.2,
  tug: 2.9,
};
const deckPaints: Record<ShipKind, readonly (readonly [ColourName, number])[]> = {
  motorboat: [
    ['white', 8],
    ['blue', 1],
    ['red', 1],
    ['grey', 1],
  ],
  yacht: [
    ['white', 9],
    ['grey', 1],
    ['blue', 1],
  ],
  sailing: [
    ['white', 7],
    ['blue', 2],
    ['brown', 1],
  ],
  fishing: [
    ['blue', 3],
    ['green', 2],
    ['white', 2],
    ['red', 2],
    ['brown', 2],
    ['grey', 1],
  ],
  ferry: [
    ['white', 6],
    ['blue', 1],
    ['grey', 1],
  ],
  cargo: [
    ['red', 2],
    ['blue', 2],
    ['green', 1],
    ['grey', 2],
    ['black', 1],
  ],
  tanker: [
    ['red', 4],
    ['brown', 2],
    ['green', 1],
    ['grey', 2],
    ['orange', 1],
    ['blue', 1],
  ],
  bulk: [
    ['red', 3],
    ['green', 2],
    ['grey', 2],
    ['brown', 2],
    ['blue', 1],
  ],
  barge: [
    ['brown', 2],
    ['grey', 3],
    ['black', 2],
    ['red', 1],
  ],
  tug: [
    ['red', 3],
    ['black', 2],
    ['blue', 2],
    ['green', 1],
    ['orange', 1],
  ],
};

/** Length that a ship of the kind has, drawn at random. */
export function shipLengthM(stage: Stage, kind: ShipKind): number {
  const [low, high] = lengthsM[kind];
  return stage.random.uniform(low, high);
}

/** Draws a ship with its bow towards `heading` and marks it. */
export function drawShip(stage: Stage, x: number, y: number, heading: number, options: ShipOptions): void {
  const { random } = stage;
  const { kind } = options;
  const length = options.lengthM ?? shipLengthM(stage, kind);
  if (!stage.sees(x, y, length * (options.moving ? 3 : 0.6))) return;
  const beam = Math.max(1.8, length / slenderness[kind]) * random.uniform(0.9, 1.1);
  const hull = hullOutline(kind, length, beam);
  const colour = options.colour ?? weighted(random, deckPaints[kind]);
  const deck = paintOf(random, colour);
  if (options.moving) drawWake(stage, x, y, heading, length, beam);
  const outline = place(hull, x, y, heading);
  const large = kind === 'cargo' || kind === 'tanker' || kind === 'bulk' || kind === 'ferry';
  stage.castShadow([outline], large ? random.uniform(6, 14) : beam * 0.3);
  stage.local(x, y, heading, (ctx) => {
    fillRing(ctx, hull, css(large ? shade(deck, 0.72) : mix(deck, [240, 240, 238], 0.55)));
    fillRing(ctx, place(hull, 0, 0, 0, large ? 0.965 : 0.88), css(deck));
    drawDeck(ctx, stage, kind, length, beam, deck);
  });
  stage.thing({ category: 'ship', rings: [outline], colour, heading });
}

function hullOutline(kind: ShipKind, length: number, beam: number): Ring {
  const [a, b] = [length / 2, beam / 2];
  if (kind === 'barge') return rectangle(0, 0, length, beam);
  const full = kind === 'cargo' || kind === 'tanker' || kind === 'bulk' || kind === 'ferry';
  const half: Point[] = full
    ? [
        [-a, b * 0.78],
        [-a * 0.93, b * 0.97],
        [-a * 0.6, b],
        [a * 0.62, b],
        [a * 0.8, b * 0.82],
        [a * 0.92, b * 0.46],
        [a, 0],
      ]
    : [
        [-a, b * 0.8],
        [-a * 0.6, b * 0.98],
        [-a * 0.05, b],
        [a * 0.4, b * 0.82],
        [a * 0.75, b * 0.44],
        [a, 0],
      ];
  return [
    ...half,
    ...half
      .slice(0, -1)
      .reverse()
      .map(([x, y]): Point => [x, -y]),
  ];
}

function drawWake(stage: Stage, x: number, y: number, heading: number, length: number, beam: number): void {
  const reach = length * stage.random.uniform(1.5, 3.2);
  const spread = stage.random.uniform(0.12, 0.22);
  stage.local(x, y, heading, (ctx) => {
    const gradient = ctx.createLinearGradient(-length / 2, 0, -length / 2 - reach, 0);
    gradient.addColorStop(0, 'rgba(235,242,244,0.75)');
    gradient.addColorStop(0.25, 'rgba(215,228,230,0.4)');
    gradient.addColorStop(1, 'rgba(200,220,224,0)');
    ctx.fillStyle = gradient;
    ctx.beginPath();
    ctx.moveTo(-length * 0.42, beam * 0.3);
    ctx.lineTo(-length / 2 - reach, beam * 0.9);
    ctx.lineTo(-length / 2 - reach, -beam * 0.9);
    ctx.lineTo(-length * 0.42, -beam * 0.3);
    ctx.fill();
    const arms = ctx.createLinearGradient(length / 2, 0, -reach, 0);
    arms.addColorStop(0, 'rgba(235,242,244,0.7)');
    arms.addColorStop(1, 'rgba(210,226,230,0)');
    ctx.fillStyle = arms;
    for (const side of [-1, 1]) {
      ctx.beginPath();
      ctx.moveTo(length * 0.5, 0);
      ctx.lineTo(-reach, side * (beam * 0.6 + reach * spread * 1.25));
      ctx.lineTo(-reach, side * (beam * 0.5 + reach * spread * 0.95));
      ctx.fill();
    }
  });
}

function drawDeck(ctx: Context, stage: Stage, kind: ShipKind, length: number, beam: number, deck: Rgb): void {
  const { random } = stage;
  const white: Rgb = near(random, [226, 228, 228], 0.05);
  const dark = css([44, 48, 54]);
  const house = (at: number, l: number, w: number, colour: Rgb): void => {
    fillRing(ctx, rectangle(at + beam * 0.05, beam * 0.06, l, w), 'rgba(10,14,24,0.4)');
    fillRing(ctx, rectangle(at, 0, l, w), css(colour));
  };
  switch (kind) {
    case 'motorboat':
      fillRing(ctx, rectangle(-length * 0.14, 0, length * 0.4, beam * 0.6), css(shade(deck, 0.7)));
      fillRing(ctx, rectangle(length * 0.1, 0, length * 0.1, beam * 0.66), dark);
      break;
    case 'yacht':
      fillRing(
        ctx,
        rectangle(-length * 0.36, 0, length * 0.2, beam * 0.74),
        css(random.pick<Rgb>([[150, 116, 82], shade(deck, 0.8)])),
      );
      house(-length * 0.04, length * 0.46, beam * 0.62, white);
      fillRing(ctx, rectangle(length * 0.16, 0, length * 0.05, beam * 0.56), dark);
      fillRing(ctx, rectangle(-length * 0.1, 0, length * 0.22, beam * 0.4), css(shade(white, 0.9)));
      break;
    case 'sailing':
      fillRing(ctx, rectangle(-length * 0.26, 0, length * 0.28, beam * 0.42), css([96, 92, 86]));
      house(length * 0.06, length * 0.3, beam * 0.4, white);
      strokeLine(
        ctx,
        [
          [length * 0.08, 0],
          [-length * 0.34, 0],
        ],
        Math.max(0.18, stage.gsdM * 0.6),
        css([240, 240, 240]),
      );
      break;
    case 'fishing':
      house(random.pick([length * 0.18, -length * 0.22]), length * 0.2, beam * 0.56, white);
      fillRing(ctx, rectangle(-length * 0.04, 0, length * 0.16, beam * 0.5), css(shade(deck, 0.55)));
      break;
    case 'tug':
      house(length * 0.08, length * 0.3, beam * 0.55, white);
      fillRing(ctx, rectangle(-length * 0.26, 0, length * 0.26, beam * 0.55), css([110, 86, 70]));
      break;
    case 'barge': {
      const load = random.pick<Rgb>([
        [120, 104, 82],
        [60, 58, 56],
        [164, 148, 120],
        [90, 80, 70],
      ]);
      fillRing(ctx, rectangle(0, 0, length * 0.86, beam * 0.78), css(load));
      for (let index = 0; index < 5; index++) {
        fillRing(
          ctx,
          rectangle(length * (-0.34 + index * 0.17), 0, length * 0.1, beam * 0.5),
          css(shade(load, random.uniform(0.8, 1.25))),
        );
      }
      break;
    }
    case 'ferry':
      house(0, length * 0.8, beam * 0.84, white);
      house(length * 0.24, length * 0.12, beam * 0.9, shade(white, 0.94));
      fillRing(ctx, rectangle(-length * 0.2, 0, length * 0.1, beam * 0.3), css(paintOf(random, 'red')));
      fillRing(ctx, rectangle(length * 0.05, beam * 0.28, length * 0.5, beam * 0.06), css([226, 118, 34]));
      fillRing(ctx, rectangle(length * 0.05, -beam * 0.28, length * 0.5, beam * 0.06), css([226, 118, 34]));
      break;
    case 'cargo': {
      house(-length * 0.38, length * 0.06, beam * 0.9, white);
      fillRing(ctx, rectangle(-length * 0.43, 0, length * 0.02, beam * 0.3), dark);
      const full = random.uniform(0.3, 1);
      const bayLength = Math.max(6.4, length * 0.055);
      const rows = Math.max(3, Math.floor((beam * 0.86) / 2.6));
      for (let at = -length * 0.32; at < length * 0.38; at += bayLength) {
        const width = at > length * 0.28 ? 0.6 : 0.86;
        fillRing(ctx, rectangle(at + bayLength / 2, 0, bayLength * 0.86, beam * width), css(shade(deck, 0.6)));
        if (random.next() > full) continue;
        for (let row = 0; row < rows; row++) {
          if (random.next() < 0.08) continue;
          const y = ((row + 0.5) / rows - 0.5) * beam * width;
          fillRing(
            ctx,
            rectangle(at + bayLength / 2, y, bayLength * 0.86, (beam * width * 0.94) / rows),
            css(containerPaint(stage)),
          );
        }
      }
      break;
    }
    case 'tanker': {
      house(-length * 0.4, length * 0.09, beam * 0.86, white);
      const pipe = css(mix(deck, [200, 200, 196], 0.5));
      fillRings(
        ctx,
        [
          rectangle(length * 0.04, 0, length * 0.74, beam * 0.05),
          rectangle(length * 0.04, beam * 0.1, length * 0.6, beam * 0.03),
          rectangle(length * 0.06, 0, length * 0.02, beam * 0.8),
          rectangle(length * 0.1, 0, length * 0.012, beam * 0.8),
        ],
        pipe,
      );
      for (let index = 0; index < 6; index++) {
        for (const side of [-0.28, 0.28]) {
          fillRing(
            ctx,
            rectangle(length * (-0.26 + index * 0.12), side * beam, beam * 0.1, beam * 0.1),
            css(shade(deck, 0.7)),
          );
        }
      }
      break;
    }
    case 'bulk': {
      house(-length * 0.4, length * 0.08, beam * 0.86, white);
      const hatches = 5 + random.integer(4);
      const hatch = random.pick<Rgb>([shade(deck, 0.7), [150, 146, 138], shade(deck, 1.25)]);
      for (let index = 0; index < hatches; index++) {
        const at = length * (-0.3 + (0.72 * (index + 0.5)) / hatches);
        fillRing(ctx, rectangle(at, 0, (length * 0.5) / hatches, beam * 0.6), css(hatch));
        if (random.next() < 0.5)
          strokeLine(
            ctx,
            [
              [at + (length * 0.35) / hatches, 0],
              [at, beam * 0.3],
            ],
            beam * 0.05,
            css([214, 190, 90]),
          );
      }
      break;
    }
  }
}

/** Paint of a shipping container. */
export function containerPaint(stage: Stage): Rgb {
  return paintOf(
    stage.random,
    weighted<ColourName>(stage.random, [
      ['red', 4],
      ['blue', 4],
      ['green', 2],
      ['white', 3],
      ['orange', 3],
      ['grey', 2],
      ['brown', 3],
      ['yellow', 1],
    ]),
  );
}
