import type { ColourName } from '../scene.js';
import { css, mix, paintOf, type Rgb, shade, weighted } from './colour.js';
import { place, type Ring, rectangle, roundedRectangle } from './geometry.js';
import { fillRing, fillRings } from './ink.js';
import type { Context, Stage } from './stage.js';

export type VehicleKind = 'car' | 'van' | 'truck' | 'bus' | 'pickup';

/** How often paints occur in traffic. */
const paintWeights: readonly (readonly [ColourName, number])[] = [
  ['white', 30],
  ['black', 17],
  ['grey', 17],
  ['red', 11],
  ['blue', 11],
  ['green', 3],
  ['yellow', 3],
  ['orange', 2],
  ['brown', 3],
  ['beige', 3],
];
const glass: Rgb = [28, 34, 42];

export interface VehicleOptions {
  readonly kind?: VehicleKind;
  readonly colour?: ColourName;
}

const mostVehicles = 320;
const counts = new WeakMap<Stage, number>();

/** Counts a scene's vehicles; false once there are enough for any picture. */
function takeVehicle(stage: Stage): boolean {
  const count = (counts.get(stage) ?? 0) + 1;
  counts.set(stage, count);
  return count <= mostVehicles;
}

/** How many vehicles the scene still takes. */
export function vehiclesLeft(stage: Stage): number {
  return Math.max(0, mostVehicles - (counts.get(stage) ?? 0));
}

/** Draws a road vehicle whose centre is at (x, y), its front towards `heading`, and marks it as a `car`. */
export function drawVehicle(stage: Stage, x: number, y: number, heading: number, options: VehicleOptions = {}): void {
  if (!stage.sees(x, y, 4) || !takeVehicle(stage)) return;
  const { random } = stage;
  const kind =
    options.kind ??
    weighted<VehicleKind>(random, [
      ['car', 80],
      ['van', 8],
      ['pickup', 6],
      ['truck', 4],
      ['bus', 2],
    ]);
  const colour = options.colour ?? weighted(random, kind === 'truck' || kind === 'bus' ? truckWeights : paintWeights);
  const paint = paintOf(random, colour);
  const [length, width] = dimensions(stage, kind);
  const body = roundedRectangle(length, width, kind === 'car' ? 0.75 : 0.25);
  const height = kind === 'truck' || kind === 'bus' ? 3.4 : kind === 'van' ? 2.2 : 1.45;
  const outline = place(body, x, y, heading);
  stage.castShadow([outline], height);
  stage.local(x, y, heading, (ctx) => {
    if (kind === 'truck') drawTruck(ctx, length, width, paint, stage);
    else if (kind === 'bus') drawBus(ctx, length, width, paint);
    else drawBody(ctx, body, length, width, paint, kind);
  });
  stage.thing({ category: 'car', rings: [outline], colour, heading, kind: 'opaque', cuts: 'nothing' });
}

const truckWeights: readonly (readonly [ColourName, number])[] = [
  ['white', 46],
  ['grey', 12],
  ['red', 10],
  ['blue', 12],
  ['green', 6],
  ['yellow', 6],
  ['orange', 4],
  ['black', 4],
];

function dimensions({ random }: Stage, kind: VehicleKind): readonly [number, number] {
  switch (kind) {
    case 'car':
      return [random.uniform(3.7, 5), random.uniform(1.7, 1.95)];
    case 'pickup':
      return [random.uniform(5, 5.7), random.uniform(1.85, 2)];
    case 'van':
      return [random.uniform(5, 6.6), random.uniform(1.9, 2.15)];
    case 'bus':
      return [random.uniform(10, 13.5), 2.55];
    case 'truck':
      return [random.uniform(7.5, 17), 2.55];
  }
}

function drawBody(ctx: Context, body: Ring, length: number, width: number, paint: Rgb, kind: VehicleKind): void {
  fillRing(ctx, body, css(paint));
  const roofPaint = shade(mix(paint, [255, 255, 255], 0.08), 1.06);
  const [front, back] = kind === 'van' ? [0.34, -0.47] : kind === 'pickup' ? [0.24, -0.1] : [0.22, -0.34];
  const w = width * 0.42;
  // Glasshouse: dark all around, the roof's paint in the middle.
  fillRing(
    ctx,
    [
      [front * length, -w],
      [front * length, w],
      [back * length, w * 0.92],
      [back * length, -w * 0.92],
    ],
    css(glass),
  );
  fillRing(
    ctx,
    rectangle(
      ((front + back) / 2 - 0.02) * length,
      0,
      (front - back) * length * (kind === 'van' ? 0.86 : 0.58),
      width * 0.68,
    ),
    css(roofPaint),
  );
  if (kind === 'pickup') {
    fillRing(ctx, rectangle(-0.3 * length, 0, length * 0.34, width * 0.78), css(shade(paint, 0.45)));
  }
  fillRing(ctx, rectangle(length * 0.36, 0, length * 0.2, width * 0.7), css(shade(paint, 1.1), 0.6));
}

function drawTruck(ctx: Context, length: number, width: number, paint: Rgb, stage: Stage): void {
  const { random } = stage;
  const cab = 2.3;
  fillRing(ctx, rectangle(0, 0, length, width * 0.7), css([40, 40, 42]));
  fillRing(ctx, rectangle(length / 2 - cab / 2, 0, cab, width), css(paint));
  fillRing(ctx, rectangle(length / 2 - 0.5, 0, 0.6, width * 0.86), css(glass));
  const box = length - cab - 0.5;
  const load: Rgb =
    random.next() < 0.7
      ? paint
      : random.pick<Rgb>([
          [232, 232, 228],
          [150, 140, 120],
          [90, 92, 96],
        ]);
  fillRing(ctx, rectangle(-length / 2 + box / 2, 0, box, width), css(load));
  const ribs = Math.floor(box / 1.6);
  const lines: Ring[] = [];
  for (let index = 1; index < ribs; index++)
    lines.push(rectangle(-length / 2 + (box * index) / ribs, 0, 0.12, width * 0.96));
  fillRings(ctx, lines, css(shade(load, 0.82)));
}

function drawBus(ctx: Context, length: number, width: number, paint: Rgb): void {
  fillRing(ctx, roundedRectangle(length, width, 0.4), css(paint));
  fillRing(ctx, rectangle(length * 0.47, 0, length * 0.04, width * 0.84), css(glass));
  const units: Ring[] = [-0.25, 0.02, 0.26].map((at) => rectangle(at * length, 0, 1.7, width * 0.5));
  fillRings(ctx, units, css(mix(paint, [120, 124, 128], 0.35)));
}
