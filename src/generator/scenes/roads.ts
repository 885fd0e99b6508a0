import { css, near, type Rgb } from './colour.js';
import { along, arc, disc, lengthOf, offsetLine, type Point, type Ring, rectangle, ribbon } from './geometry.js';
import type { Fill, Stage } from './stage.js';
import { drawVehicle } from './vehicles.js';

export interface RoadStyle {
  /** Carriageway from kerb to kerb. */
  readonly widthM: number;
  readonly lanes: number;
  /** Width of the pavement at each side; 0 without. */
  readonly pavementM: number;
  readonly paved: boolean;
  readonly markings: 'none' | 'centre' | 'lanes';
  /** A planted or concrete strip in the middle. */
  readonly medianM: number;
  readonly yellow: boolean;
}

/** A road of everyday kind. */
export function roadStyle(stage: Stage, kind: 'lane' | 'street' | 'avenue' | 'highway'): RoadStyle {
  const { random } = stage;
  const lanes = kind === 'lane' ? 1 : kind === 'street' ? 2 : kind === 'avenue' ? 4 : random.pick([4, 6, 8]);
  const medianM =
    kind === 'highway' ? random.uniform(1.2, 5) : kind === 'avenue' && random.next() < 0.5 ? random.uniform(1, 4) : 0;
  return {
    lanes,
    widthM: lanes * random.uniform(3, 3.7) + medianM + (kind === 'highway' ? 5 : kind === 'lane' ? 0.6 : 0.8),
    pavementM: kind === 'street' || kind === 'avenue' ? random.uniform(0, 3.2) : 0,
    paved: kind !== 'lane' || random.next() < 0.5,
    markings: kind === 'lane' ? 'none' : kind === 'street' ? random.pick(['none', 'centre'] as const) : 'lanes',
    medianM,
    yellow: random.next() < 0.4,
  };
}

const paintWhite = 'rgba(232,232,226,0.8)';
const paintYellow = 'rgba(222,180,70,0.8)';

/** Draws a road along a line and marks it as one `road`. */
export function drawRoad(stage: Stage, line: readonly Point[], style: RoadStyle, surface?: Fill): void {
  const rings = ribbon(line, style.widthM);
  if (style.pavementM > 0) {
    stage.fill(ribbon(line, style.widthM + style.pavementM * 2), stage.material('concrete'));
  } else if (style.paved) stage.line(line, style.widthM + 1.6, 'rgba(150,140,118,0.45)');
  stage.fill(rings, surface ?? stage.material(style.paved ? 'asphalt' : 'soil', style.paved ? 0 : 3));
  if (!style.paved) {
    for (const side of [-0.9, 0.9]) stage.line(offsetLine(line, side), 0.6, 'rgba(235,222,196,0.3)');
  }
  stage.thing({ category: 'road', rings, kind: 'surface', cuts: 'terrain' });
  drawMarkings(stage, line, style);
}

function drawMarkings(stage: Stage, line: readonly Point[], style: RoadStyle): void {
  if (style.markings === 'none' || stage.gsdM > 1.3) return;
  const thin = { minPx: 0.5 };
  const half = style.widthM / 2;
  if (style.medianM > 0) {
    stage.fill(
      ribbon(line, style.medianM),
      stage.random.next() < 0.6 ? stage.material('grass') : stage.material('concrete'),
    );
  } else {
    stage.line(
      line,
      0.18,
      style.yellow ? paintYellow : paintWhite,
      style.lanes > 2 ? thin : { ...thin, dash: [3, 4.5] },
    );
  }
  if (style.markings !== 'lanes') return;
  const usable = half - style.medianM / 2 - (style.lanes > 4 ? 2.4 : 0.4);
  const perSide = style.lanes / 2;
  for (const side of [-1, 1]) {
    for (let lane = 1; lane < perSide; lane++) {
      const offset = side * (style.medianM / 2 + (usable * lane) / perSide);
      stage.line(offsetLine(line, offset), 0.15, paintWhite, { ...thin, dash: [3, 6] });
    }
    stage.line(offsetLine(line, side * (style.medianM / 2 + usable)), 0.16, paintWhite, thin);
    if (style.medianM > 0)
      stage.line(
        offsetLine(line, side * (style.medianM / 2 + 0.3)),
        0.16,
        style.yellow ? paintYellow : paintWhite,
        thin,
      );
  }
}

export interface TrafficOptions {
  /** Mean distance between vehicles of one lane. */
  readonly spacingM: number;
  /** Share of lorries and buses. */
  readonly heavy?: number;
  /** Stretches (metres along the line) without traffic. */
  readonly free?: readonly (readonly [number, number])[];
  readonly parked?: number;
}

/** Vehicles on a road's lanes; those on one side drive against the line's direction. */
export function drawTraffic(stage: Stage, line: readonly Point[], style: RoadStyle, options: TrafficOptions): void {
  const { random } = stage;
  const total = lengthOf(line);
  const perSide = Math.max(1, style.lanes / 2);
  const usable = style.widthM / 2 - style.medianM / 2 - (style.lanes > 4 ? 2.4 : 0.4);
  for (const side of [-1, 1]) {
    for (let lane = 0; lane < perSide; lane++) {
      const offset = style.lanes === 1 ? 0 : side * (style.medianM / 2 + (usable * (lane + 0.5)) / perSide);
      const path = offsetLine(line, offset);
      let at = random.uniform(0, options.spacingM);
      while (at < total) {
        const { x, y, heading } = along(path, at);
        const heavy = random.next() < (options.heavy ?? 0.05);
        const blocked = options.free?.some(([from, to]) => at > from && at < to) ?? false;
        if (!blocked) {
          drawVehicle(
            stage,
            x,
            y,
            side > 0 ? heading : heading + Math.PI,
            heavy ? { kind: random.pick(['truck', 'bus', 'van']) } : {},
          );
        }
        at += (heavy ? 20 : 8) + random.uniform(0.1, 2) * options.spacingM;
      }
    }
    if (options.parked) {
      const path = offsetLine(line, side * (style.widthM / 2 - 1.1));
      for (let at = random.uniform(0, 10); at < total; at += random.uniform(5.8, 7.5)) {
        if (random.next() > options.parked) continue;
        if (options.free?.some(([from, to]) => at > from - 4 && at < to + 4)) continue;
        const { x, y, heading } = along(path, at);
        drawVehicle(stage, x, y, side > 0 ? heading : heading + Math.PI, {
          kind: random.next() < 0.88 ? 'car' : 'van',
        });
      }
    }
  }
}

export interface Crossing {
  readonly x: number;
  readonly y: number;
  readonly heading: number;
  /** The road along `heading`, and the one across it. */
  readonly main: RoadStyle;
  readonly side: RoadStyle;
  /** Arms that exist: ahead and behind along `heading`, right and left of it. */
  readonly arms?: readonly ['main' | 'side', 1 | -1][];
}

/** Paints over a junction of two roads, with zebra crossings and stop lines; marks a `road intersection`. */
export function drawCrossing(stage: Stage, crossing: Crossing): void {
  const { x, y, heading, main, side } = crossing;
  const [a, b] = [side.widthM / 2, main.widthM / 2];
  const ear = Math.min(6, 2.5 + Math.min(a, b) * 0.4);
  const frame = (u: number, v: number): Point => [
    x + u * Math.cos(heading) - v * Math.sin(heading),
    y + u * Math.sin(heading) + v * Math.cos(heading),
  ];
  const arms = crossing.arms ?? [
    ['main', 1],
    ['main', -1],
    ['side', 1],
    ['side', -1],
  ];
  // The kerbs turn with a radius: cut corners on the square where the roads meet.
  const core: Ring[] = [rectangle(x, y, a * 2, b * 2, heading)];
  for (const [which, sign] of arms) {
    const reach = which === 'main' ? a : b;
    const halfWidth = which === 'main' ? b : a;
    const points: [number, number][] = [
      [reach - 0.1, -halfWidth - (ear - 0.2)],
      [reach + ear, -halfWidth],
      [reach + ear, halfWidth],
      [reach - 0.1, halfWidth + (ear - 0.2)],
    ];
    const inner: [number, number][] = points.map(([u, v]) => [u * sign, v]);
    core.push(
      inner.map(([u, v]) => {
        const clipped = Math.max(-halfWidth - ear * 0.55, Math.min(halfWidth + ear * 0.55, v));
        return which === 'main' ? frame(u, clipped) : frame(clipped, u);
      }),
    );
  }
  stage.fill(core, stage.material(main.paved ? 'asphalt' : 'soil', main.paved ? 0 : 3));
  stage.thing({ category: 'road intersection', rings: core, kind: 'surface', cuts: 'terrain' });
  if (stage.gsdM > 0.8 || main.markings === 'none') return;
  const zebra = stage.random.next() < 0.7;
  for (const [which, sign] of arms) {
    const reach = (which === 'main' ? a : b) + ear * 0.55;
    const halfWidth = (which === 'main' ? b : a) - 0.5;
    stage.local(x, y, which === 'main' ? heading : heading + Math.PI / 2, (ctx) => {
      ctx.fillStyle = paintWhite;
      if (zebra) {
        for (let v = -halfWidth; v < halfWidth - 0.4; v += 1.1) ctx.fillRect(sign * reach - 1.4, v, 2.8, 0.55);
      } else ctx.fillRect(sign * reach - 0.2, sign > 0 ? 0.2 : -halfWidth, 0.45, halfWidth);
    });
  }
}

/** A roundabout at (x, y); marks it as a `road intersection`. Returns its outer radius. */
export function drawRoundabout(stage: Stage, x: number, y: number, road: RoadStyle): number {
  const { random } = stage;
  const island = random.uniform(6, 22);
  const outer = island + Math.max(7, road.widthM * 0.9);
  stage.fill([disc(x, y, outer + 1.5, 48)], stage.material('concrete'));
  stage.fill([disc(x, y, outer, 48)], stage.material(road.paved ? 'asphalt' : 'soil', road.paved ? 0 : 3));
  stage.thing({ category: 'road intersection', rings: [disc(x, y, outer, 48)], kind: 'surface', cuts: 'terrain' });
  stage.fill([disc(x, y, island + 1, 40)], stage.material('concrete'));
  stage.fill([disc(x, y, island, 40)], random.next() < 0.75 ? stage.material('grass') : stage.material('soil'));
  if (random.next() < 0.35) {
    const tone: Rgb = near(random, [142, 136, 124], 0.15);
    stage.fill([disc(x, y, island * 0.4, 24)], css(tone));
  }
  stage.line(arc(x, y, (island + outer) / 2 + 0.5, 0, 2 * Math.PI, 40), 0.15, paintWhite, { dash: [2, 3], minPx: 0.4 });
  const cars = random.integer(5);
  for (let index = 0; index < cars; index++) {
    const angle = random.uniform(0, Math.PI * 2);
    const radius = (island + outer) / 2 + random.uniform(-1, 1);
    drawVehicle(stage, x + radius * Math.cos(angle), y + radius * Math.sin(angle), angle + Math.PI / 2);
  }
  return outer;
}

/** A bridge that carries a road along a line; marks it as `bridge`. Draw after the water, before the traffic. */
export function drawBridge(stage: Stage, line: readonly Point[], style: RoadStyle, heightM: number): void {
  const width = style.widthM + style.pavementM * 2 + 1.6;
  const rings = ribbon(line, width);
  const deck: Rgb = near(stage.random, [168, 164, 156], 0.12);
  stage.castShadow(rings, heightM);
  stage.fill(rings, css(deck));
  stage.fill(ribbon(line, style.widthM), stage.material('asphalt', stage.random.integer(2)));
  drawMarkings(stage, line, { ...style, medianM: 0 });
  for (const side of [-1, 1])
    stage.line(offsetLine(line, (side * (width - 0.5)) / 2), 0.45, css([205, 202, 194]), { minPx: 0.7 });
  stage.thing({ category: 'bridge', rings, kind: 'surface', cuts: 'terrain' });
}
