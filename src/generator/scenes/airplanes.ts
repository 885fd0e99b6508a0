import type { ColourName } from '../scene.js';
import { css, near, paintOf, type Rgb, shade, weighted } from './colour.js';
import { ellipse, type Point, place, type Ring, rectangle, shift } from './geometry.js';
import { fillRing, fillRings } from './ink.js';
import type { Stage } from './stage.js';

export type AirplaneKind = 'airliner' | 'business' | 'light' | 'fighter' | 'propeller' | 'bomber';

/** Proportions of an aircraft, in parts of its length; x forward, y to the right wing. */
interface Airframe {
  readonly lengthM: readonly [number, number];
  readonly fuselage: number;
  readonly span: number;
  readonly sweep: number;
  readonly rootChord: number;
  readonly tipChord: number;
  readonly wingAt: number;
  readonly tailSpan: number;
  readonly engines: 'wing2' | 'wing4' | 'rear' | 'nose' | 'propeller2' | 'propeller4' | 'none';
}

const airframes: Record<AirplaneKind, Airframe> = {
  airliner: {
    lengthM: [31, 72],
    fuselage: 0.105,
    span: 0.94,
    sweep: 0.24,
    rootChord: 0.21,
    tipChord: 0.055,
    wingAt: 0.1,
    tailSpan: 0.34,
    engines: 'wing2',
  },
  business: {
    lengthM: [14, 28],
    fuselage: 0.12,
    span: 0.92,
    sweep: 0.16,
    rootChord: 0.19,
    tipChord: 0.06,
    wingAt: 0.02,
    tailSpan: 0.36,
    engines: 'rear',
  },
  light: {
    lengthM: [7, 11],
    fuselage: 0.14,
    span: 1.35,
    sweep: 0.01,
    rootChord: 0.2,
    tipChord: 0.15,
    wingAt: 0.2,
    tailSpan: 0.42,
    engines: 'nose',
  },
  propeller: {
    lengthM: [18, 34],
    fuselage: 0.13,
    span: 1.15,
    sweep: 0.03,
    rootChord: 0.16,
    tipChord: 0.09,
    wingAt: 0.12,
    tailSpan: 0.4,
    engines: 'propeller2',
  },
  fighter: {
    lengthM: [14, 20],
    fuselage: 0.13,
    span: 0.64,
    sweep: 0.26,
    rootChord: 0.4,
    tipChord: 0.08,
    wingAt: 0.06,
    tailSpan: 0.4,
    engines: 'none',
  },
  bomber: {
    lengthM: [36, 50],
    fuselage: 0.1,
    span: 1.02,
    sweep: 0.1,
    rootChord: 0.17,
    tipChord: 0.07,
    wingAt: 0.1,
    tailSpan: 0.4,
    engines: 'propeller4',
  },
};

/** Length of an airplane of the kind, drawn at random (metres). */
export function airplaneLengthM(stage: Stage, kind: AirplaneKind): number {
  const [low, high] = airframes[kind].lengthM;
  return stage.random.uniform(low, high);
}

/** Draws an airplane on the ground, its nose towards `heading`, centred at (x, y), and marks it. */
export function drawAirplane(
  stage: Stage,
  x: number,
  y: number,
  heading: number,
  kind: AirplaneKind,
  lengthM = airplaneLengthM(stage, kind),
): void {
  if (!stage.sees(x, y, lengthM * 0.8)) return;
  const { random } = stage;
  const frame = airframes[kind];
  const military = kind === 'fighter' || kind === 'bomber';
  const colour = weighted<ColourName>(
    random,
    military
      ? [
          ['grey', 6],
          ['green', 1],
          ['brown', 1],
          ['black', 1],
        ]
      : kind === 'light'
        ? [
            ['white', 8],
            ['yellow', 1],
            ['red', 1],
            ['blue', 1],
            ['orange', 1],
          ]
        : [
            ['white', 30],
            ['grey', 5],
            ['blue', 2],
            ['red', 1],
            ['orange', 1],
          ],
  );
  const paint = paintOf(random, colour);
  const vary = (value: number): number => value * random.uniform(0.92, 1.08);
  const span = vary(frame.span);
  const sweepBack = vary(frame.sweep);
  const wingAt = frame.wingAt + random.uniform(-0.02, 0.02);
  const body = fuselage(frame.fuselage, kind);
  const wing = wingPair(wingAt, frame.fuselage * 0.3, span, sweepBack, frame.rootChord, frame.tipChord);
  const tail = wingPair(
    -0.43,
    0.01,
    frame.tailSpan,
    sweepBack * 0.45,
    frame.rootChord * 0.5,
    Math.max(0.03, frame.tipChord * 0.6),
  );
  const four = frame.engines === 'wing2' && lengthM > 60 && random.next() < 0.6;
  const pods = enginePods(four ? 'wing4' : frame.engines, span, sweepBack, wingAt, frame.rootChord);
  const parts: Ring[] = [...wing, ...tail, ...pods, body];
  const outline = parts.map((ring) => place(ring, x, y, heading, lengthM));
  stage.castShadow(outline, Math.max(1.2, lengthM * 0.07));
  const wingPaint: Rgb = military ? shade(paint, 0.96) : near(random, [196, 200, 204], 0.08);
  const tailPaint =
    random.next() < 0.6 && !military
      ? paintOf(random, random.pick<ColourName>(['red', 'blue', 'orange', 'green', 'yellow', 'black']))
      : paint;
  stage.local(x, y, heading, (ctx) => {
    ctx.scale(lengthM, lengthM);
    // Wings cast a soft line under themselves where they meet the body.
    fillRings(ctx, pods, css(shade(paint, 0.82)));
    fillRings(
      ctx,
      wing.map((ring) => ring),
      css(colour === 'white' ? wingPaint : shade(paint, 0.97)),
    );
    fillRings(ctx, tail, css(shade(wingPaint, 0.98)));
    fillRing(ctx, shift(body, -0.004, 0.012), 'rgba(20,24,34,0.35)');
    fillRing(ctx, body, css(paint));
    const ridge = place(body, 0, 0, 0, 1).map(([u, v]): Point => [u, v * 0.45]);
    fillRing(ctx, ridge, css(shade(paint, 1.12)));
    // The fin is a thin line from above, in the airline's colour.
    fillRing(ctx, ellipse(-0.42, 0, 0.085, 0.012), css(tailPaint));
    if (!military) fillRing(ctx, rectangle(0.455, 0, 0.016, frame.fuselage * 0.5), css([40, 44, 52]));
    else fillRing(ctx, ellipse(0.26, 0, 0.07, 0.024), css([36, 40, 48]));
    if (frame.engines.startsWith('propeller') || frame.engines === 'nose') {
      const discs = pods.length > 0 ? pods.map((ring) => ring[0]) : ([[0.5, 0]] as Point[]);
      for (const [u, v] of discs) fillRing(ctx, rectangle(u, v, 0.012, 0.13), 'rgba(60,60,60,0.35)');
    }
  });
  stage.thing({ category: 'airplane', rings: outline, colour, heading, cuts: 'terrain' });
}

function fuselage(width: number, kind: AirplaneKind): Ring {
  const w = width / 2;
  const half: Point[] =
    kind === 'fighter'
      ? [
          [-0.5, w * 0.6],
          [-0.3, w],
          [0.05, w],
          [0.25, w * 0.6],
          [0.42, w * 0.25],
          [0.5, 0],
        ]
      : [
          [-0.5, w * 0.12],
          [-0.4, w * 0.45],
          [-0.22, w * 0.92],
          [-0.1, w],
          [0.34, w],
          [0.43, w * 0.82],
          [0.48, w * 0.45],
          [0.5, 0],
        ];
  return [
    ...half,
    ...half
      .slice(0, -1)
      .reverse()
      .map(([x, y]): Point => [x, -y]),
  ];
}

function wingPair(at: number, root: number, span: number, sweepBack: number, rootChord: number, tip: number): Ring[] {
  const half = span / 2;
  const right: Ring = [
    [at + rootChord / 2, root * 0.2],
    [at + rootChord / 2 - sweepBack, half],
    [at + rootChord / 2 - sweepBack - tip, half],
    [at - rootChord * 0.18 - sweepBack * 0.36, half * 0.38],
    [at - rootChord / 2, root * 0.2],
  ];
  return [right, right.map(([x, y]): Point => [x, -y]), rectangle(at, 0, rootChord, root * 0.5 + 0.01)];
}

function enginePods(
  engines: Airframe['engines'],
  span: number,
  sweepBack: number,
  wingAt: number,
  rootChord: number,
): Ring[] {
  const pods: Ring[] = [];
  const onWing = (share: number, length: number, width: number): void => {
    const y = (span / 2) * share;
    const x = wingAt + rootChord / 2 - sweepBack * share + length * 0.12;
    for (const side of [-1, 1]) pods.push(ellipse(x, side * y, length / 2, width / 2, 0, 12));
  };
  if (engines === 'wing2') onWing(0.34, 0.1, 0.05);
  if (engines === 'wing4') {
    onWing(0.32, 0.08, 0.04);
    onWing(0.62, 0.075, 0.038);
  }
  if (engines === 'propeller2') onWing(0.34, 0.15, 0.05);
  if (engines === 'propeller4') {
    onWing(0.28, 0.12, 0.035);
    onWing(0.55, 0.12, 0.035);
  }
  if (engines === 'rear') for (const side of [-1, 1]) pods.push(ellipse(-0.26, side * 0.105, 0.085, 0.032, 0, 12));
  return pods;
}
