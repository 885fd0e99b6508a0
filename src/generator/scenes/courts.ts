import type { ColourName } from '../scene.js';
import { css, near, paintOf, type Rgb, shade } from './colour.js';
import { arc, ellipse, type Point, place, type Ring, rectangle } from './geometry.js';
import { fillRing, strokeLine } from './ink.js';
import type { Context, Stage } from './stage.js';

const chalk = 'rgba(240,240,236,0.9)';

/** Line width in metres, never under a visible share of a pixel. */
const lineM = (stage: Stage, widthM: number): number => Math.max(widthM, stage.gsdM * 0.55);

function box(ctx: Context, x: number, y: number, l: number, w: number, line: number): void {
  strokeLine(ctx, rectangle(x, y, l, w), line, chalk, true);
}

/** Hard-court surfaces: the play area and the run-off around it. */
function surfaces(stage: Stage): { play: ColourName; inner: Rgb; outer: Rgb } {
  const { random } = stage;
  const play = random.pick<ColourName>([
    'green',
    'blue',
    'red',
    'green',
    'blue',
    'green',
    'blue',
    'grey',
    'orange',
    'purple',
    'brown',
  ]);
  const soft = (name: ColourName): Rgb => {
    const paint = paintOf(random, name);
    const grey = 0.3 * paint[0] + 0.59 * paint[1] + 0.11 * paint[2];
    // Acrylic under years of sun: paler and greyer than fresh paint.
    const channel = (value: number): number => (value * 0.62 + grey * 0.38) * 0.85 + 24;
    return near(random, [channel(paint[0]), channel(paint[1]), channel(paint[2])], 0.12);
  };
  const outerName = random.pick<ColourName>(['green', 'green', 'red', 'grey', 'blue', 'beige', play]);
  return { play, inner: soft(play), outer: soft(outerName) };
}

/** A surface shared by neighbouring courts. */
export const courtSurface = surfaces;

/** A tennis court with its run-off, 36 x 18 m. */
export function drawTennisCourt(stage: Stage, x: number, y: number, heading: number, surface = surfaces(stage)): void {
  const outline = rectangle(x, y, 36, 18, heading);
  stage.local(x, y, heading, (ctx) => {
    const line = lineM(stage, 0.06);
    fillRing(ctx, rectangle(0, 0, 36, 18), css(near(stage.random, surface.outer, 0.03)));
    fillRing(ctx, rectangle(0, 0, 23.77, 10.97), css(near(stage.random, surface.inner, 0.03)));
    box(ctx, 0, 0, 23.77, 10.97, line);
    box(ctx, 0, 0, 23.77, 8.23, line);
    box(ctx, 0, 0, 12.8, 8.23, line);
    strokeLine(
      ctx,
      [
        [-6.4, 0],
        [6.4, 0],
      ],
      line,
      chalk,
    );
    strokeLine(
      ctx,
      [
        [0.25, -6.2],
        [0.25, 6.2],
      ],
      lineM(stage, 0.3),
      'rgba(20,26,30,0.45)',
    );
    strokeLine(
      ctx,
      [
        [0, -6.2],
        [0, 6.2],
      ],
      lineM(stage, 0.1),
      'rgba(220,220,220,0.8)',
    );
  });
  court(stage, 'tennis court', [outline], heading, surface.play);
}

/** A basketball court, 28 x 15 m with a margin. */
export function drawBasketballCourt(
  stage: Stage,
  x: number,
  y: number,
  heading: number,
  surface = surfaces(stage),
): void {
  const outline = rectangle(x, y, 31, 18, heading);
  stage.local(x, y, heading, (ctx) => {
    const line = lineM(stage, 0.08);
    fillRing(ctx, rectangle(0, 0, 31, 18), css(surface.outer));
    fillRing(ctx, rectangle(0, 0, 28, 15), css(surface.inner));
    box(ctx, 0, 0, 28, 15, line);
    strokeLine(
      ctx,
      [
        [0, -7.5],
        [0, 7.5],
      ],
      line,
      chalk,
    );
    strokeLine(ctx, ellipse(0, 0, 1.8, 1.8), line, chalk, true);
    for (const side of [-1, 1]) {
      fillRing(ctx, rectangle(side * 11.1, 0, 5.8, 4.9), css(shade(surface.outer, 0.85)));
      box(ctx, side * 11.1, 0, 5.8, 4.9, line);
      const middle = side > 0 ? Math.PI : 0;
      strokeLine(ctx, arc(side * 12.43, 0, 6.75, middle - 1.37, middle + 1.37, 20), line, chalk);
      strokeLine(ctx, arc(side * 8.2, 0, 1.8, middle - 1.57, middle + 1.57, 10), line, chalk);
      strokeLine(
        ctx,
        [
          [side * 14.4, 0],
          [side * 12.8, 0],
        ],
        lineM(stage, 0.2),
        'rgba(30,30,34,0.7)',
      );
    }
  });
  court(stage, 'basketball court', [outline], heading, surface.play);
}

/** A badminton court, 13.4 x 6.1 m with a margin. */
export function drawBadmintonCourt(
  stage: Stage,
  x: number,
  y: number,
  heading: number,
  surface = surfaces(stage),
): void {
  const outline = rectangle(x, y, 16, 8.4, heading);
  stage.local(x, y, heading, (ctx) => {
    const line = lineM(stage, 0.05);
    fillRing(ctx, rectangle(0, 0, 16, 8.4), css(surface.outer));
    fillRing(ctx, rectangle(0, 0, 13.4, 6.1), css(surface.inner));
    box(ctx, 0, 0, 13.4, 6.1, line);
    box(ctx, 0, 0, 13.4, 5.18, line);
    box(ctx, 0, 0, 11.88, 6.1, line);
    for (const side of [-1, 1]) {
      strokeLine(
        ctx,
        [
          [side * 1.98, -3.05],
          [side * 1.98, 3.05],
        ],
        line,
        chalk,
      );
      strokeLine(
        ctx,
        [
          [side * 1.98, 0],
          [side * 6.7, 0],
        ],
        line,
        chalk,
      );
    }
    strokeLine(
      ctx,
      [
        [0, -3.05],
        [0, 3.05],
      ],
      lineM(stage, 0.1),
      'rgba(40,40,44,0.6)',
    );
  });
  court(stage, 'badminton court', [outline], heading, surface.play);
}

function court(stage: Stage, category: string, rings: readonly Ring[], heading: number, colour?: ColourName): void {
  stage.thing({ category, rings, colour, heading, kind: 'surface', cuts: 'terrain' });
}

/** Lawn in mown stripes, in the plan frame of `heading`. */
function lawn(stage: Stage, x: number, y: number, heading: number, l: number, w: number, strength: number): void {
  stage.fill([rectangle(x, y, l, w, heading)], stage.material('turf'));
  if (strength <= 0) return;
  const stripes = 10 + 2 * stage.random.integer(5);
  stage.local(x, y, heading, (ctx) => {
    for (let index = 0; index < stripes; index += 2) {
      fillRing(
        ctx,
        rectangle(-l / 2 + (l * (index + 0.5)) / stripes, 0, l / stripes, w),
        `rgba(210,230,160,${strength})`,
      );
    }
  });
}

/** A football pitch; `scale` 1 is 105 x 68 m. Marks the pitch with a little grass around it. */
export function drawFootballCourt(stage: Stage, x: number, y: number, heading: number, scale = 1, marginM = 4): void {
  const [l, w] = [105 * scale, 68 * scale];
  const outline = rectangle(x, y, l + marginM * 2, w + marginM * 2, heading);
  lawn(
    stage,
    x,
    y,
    heading,
    l + marginM * 2,
    w + marginM * 2,
    stage.random.next() < 0.5 ? stage.random.uniform(0.05, 0.13) : 0,
  );
  stage.local(x, y, heading, (ctx) => {
    const line = lineM(stage, 0.14);
    box(ctx, 0, 0, l, w, line);
    strokeLine(
      ctx,
      [
        [0, -w / 2],
        [0, w / 2],
      ],
      line,
      chalk,
    );
    strokeLine(ctx, ellipse(0, 0, 9.15 * scale, 9.15 * scale), line, chalk, true);
    for (const side of [-1, 1]) {
      const end = (side * l) / 2;
      box(ctx, end - side * 8.25 * scale, 0, 16.5 * scale, 40.3 * scale, line);
      box(ctx, end - side * 2.75 * scale, 0, 5.5 * scale, 18.3 * scale, line);
      const middle = side > 0 ? Math.PI : 0;
      strokeLine(ctx, arc(end - side * 11 * scale, 0, 9.15 * scale, middle - 0.92, middle + 0.92, 12), line, chalk);
      fillRing(ctx, rectangle(end + side * 1, 0, 2, 7.3), 'rgba(236,236,236,0.75)');
    }
  });
  court(stage, 'football court', [outline], heading);
}

/** A rugby or American football field: try lines, yard lines, posts. */
export function drawRugbyCourt(stage: Stage, x: number, y: number, heading: number): void {
  const [l, w] = [120, 68];
  const outline = rectangle(x, y, l + 6, w + 6, heading);
  lawn(stage, x, y, heading, l + 6, w + 6, stage.random.uniform(0, 0.1));
  const yards = stage.random.next() < 0.5;
  const ends =
    stage.random.next() < 0.5
      ? css(
          near(stage.random, paintOf(stage.random, stage.random.pick<ColourName>(['red', 'blue', 'green'])), 0.1),
          0.75,
        )
      : undefined;
  stage.local(x, y, heading, (ctx) => {
    const line = lineM(stage, 0.14);
    for (const side of [-1, 1]) {
      if (ends) fillRing(ctx, rectangle(side * 55, 0, 10, w), ends);
      strokeLine(
        ctx,
        [
          [side * 50, -w / 2],
          [side * 50, w / 2],
        ],
        line,
        chalk,
      );
      strokeLine(
        ctx,
        [
          [side * 50, -3],
          [side * 50, 3],
        ],
        lineM(stage, 0.5),
        'rgba(250,250,250,0.95)',
      );
    }
    box(ctx, 0, 0, l, w, line);
    const step = yards ? 5 : 10;
    for (let at = -45; at <= 45; at += step) {
      if (!yards && (at === -45 || at === 45)) continue;
      strokeLine(
        ctx,
        [
          [at, -w / 2],
          [at, w / 2],
        ],
        line,
        at === 0 || yards || at % 20 === 0 ? chalk : 'rgba(240,240,236,0.45)',
      );
    }
  });
  court(stage, 'rugby court', [outline], heading);
}

/** A 400 m running track with what lies inside it; marks the track field, and the pitch on it. */
export function drawTrackField(stage: Stage, x: number, y: number, heading: number, scale = 1): void {
  const { random } = stage;
  const straight = 84.39 * scale;
  const inner = 36.5 * scale;
  const lanes = 6 + random.integer(3);
  const laneM = 1.22;
  const outer = inner + lanes * laneM + 1;
  const oval = (radius: number): Ring => [
    ...arc(straight / 2, 0, radius, -Math.PI / 2, Math.PI / 2, 20),
    ...arc(-straight / 2, 0, radius, Math.PI / 2, (3 * Math.PI) / 2, 20),
  ];
  const colour = random.pick<ColourName>(['red', 'red', 'red', 'red', 'blue', 'brown', 'grey', 'green']);
  const base = paintOf(random, colour);
  const surface = near(
    random,
    colour === 'red'
      ? random.pick<Rgb>([
          [164, 78, 64],
          [150, 66, 58],
          [178, 96, 78],
          [186, 104, 82],
        ])
      : [base[0] * 0.8 + 34, base[1] * 0.8 + 34, base[2] * 0.8 + 34],
    0.1,
  );
  const outline = place(oval(outer), x, y, heading);
  stage.fill([outline], css(surface));
  // Jump pits and the D-areas behind the goals share the track's surface, or are grass.
  stage.fill(
    [place(oval(inner), x, y, heading)],
    random.next() < 0.7 ? stage.material('turf') : css(shade(surface, 1.04)),
  );
  stage.local(x, y, heading, (ctx) => {
    const line = Math.max(0.07, stage.gsdM * 0.32);
    for (let lane = 0; lane <= lanes; lane++) {
      strokeLine(ctx, oval(inner + lane * laneM), line, 'rgba(240,236,230,0.6)', true);
    }
    for (const side of [-1, 1]) {
      if (random.next() < 0.5) continue;
      fillRing(ctx, rectangle(side * (straight / 2 + inner * 0.5), 0, 12, inner * 0.8), css(surface));
    }
  });
  stage.thing({
    category: 'ground track field',
    rings: [outline],
    colour: undefined,
    heading,
    kind: 'surface',
    cuts: 'terrain',
  });
  if (random.next() < 0.85) {
    drawFootballCourt(stage, x, y, heading, random.uniform(0.86, 0.93) * scale, 0);
  }
}

/** A baseball field: infield of clay with its diamond, foul lines, outfield. The infield is marked. */
export function drawBaseballCourt(stage: Stage, x: number, y: number, heading: number, scale = 1): void {
  const { random } = stage;
  // Home plate at the origin of the frame, centre field along +x.
  const foul = Math.PI / 4;
  const outfield = 105 * scale;
  const infield = 29 * scale;
  const pathM = 27.4 * scale;
  const clay = near(
    random,
    random.pick<Rgb>([
      [176, 138, 104],
      [190, 154, 118],
      [164, 112, 84],
      [198, 170, 138],
    ]),
    0.08,
  );
  const sector: Ring = [[-4 * scale, 0], ...arc(0, 0, outfield, -foul - 0.06, foul + 0.06, 24)];
  stage.fill([place(sector, x, y, heading)], stage.material('turf', 1));
  const dirt: Ring = [
    ...arc(0, 0, 9 * scale, Math.PI / 2 + 0.6, (3 * Math.PI) / 2 - 0.6, 8),
    ...arc(18.4 * scale, 0, infield, -1.75, 1.75, 24),
  ];
  const outline = place(dirt, x, y, heading);
  stage.fill([outline], css(clay));
  stage.local(x, y, heading, (ctx) => {
    const d = pathM / Math.SQRT2;
    const inset = 2.6 * scale;
    if (random.next() < 0.8) {
      fillRing(
        ctx,
        [
          [inset * 1.6, 0],
          [d, -d + inset * 1.5],
          [2 * d - inset * 1.6, 0],
          [d, d - inset * 1.5],
        ],
        css(near(random, [92, 118, 66], 0.1)),
      );
      fillRing(ctx, ellipse(18.4 * scale, 0, 2.7 * scale, 2.7 * scale, 0, 14), css(shade(clay, 1.05)));
    }
    const line = lineM(stage, 0.12);
    for (const side of [-1, 1]) {
      const far = outfield * Math.SQRT1_2;
      strokeLine(
        ctx,
        [
          [0, 0],
          [far, side * far],
        ],
        line,
        chalk,
      );
      fillRing(ctx, rectangle(d, side * d, 0.6, 0.6), chalk);
      fillRing(
        ctx,
        rectangle(d * 0.55, side * (d * 0.55 + 13 * scale), 11 * scale, 2.4 * scale, side * foul),
        css([124, 128, 130]),
      );
    }
    strokeLine(ctx, arc(0, 0, outfield, -foul, foul, 24), lineM(stage, 0.5), css(clay, 0.7));
    fillRing(ctx, ellipse(0, 0, 3.6 * scale, 3.6 * scale, 0, 14), css(shade(clay, 1.04)));
  });
  stage.thing({ category: 'baseball court', rings: [outline], heading, kind: 'surface', cuts: 'terrain' });
}

/** Points of a grandstand's rows along a pitch. */
export function drawGrandstand(stage: Stage, x: number, y: number, heading: number, length: number): void {
  const rows: Point[][] = Array.from({ length: 6 }, (_, index) => [
    [-length / 2, index * 0.9],
    [length / 2, index * 0.9],
  ]);
  const outline = rectangle(x, y, length, 7, heading);
  stage.castShadow([outline], 3);
  stage.fill([outline], css([176, 178, 180]));
  stage.local(x, y, heading, (ctx) => {
    for (const row of rows)
      strokeLine(
        ctx,
        row.map(([px, py]): Point => [px, py - 2.4]),
        0.25,
        'rgba(90,94,100,0.7)',
      );
  });
  stage.thing({ category: 'building', rings: [outline] });
}
