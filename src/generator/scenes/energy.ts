import type { ColourName } from '../scene.js';
import { css, near, type Rgb, shade } from './colour.js';
import { convexHull, disc, type Point, type Ring, rectangle, ribbon, shift } from './geometry.js';
import type { Stage } from './stage.js';

/** A wind turbine: leaning tower, nacelle and three blades; marked as a whole without its shadow. */
export function drawWindTurbine(stage: Stage, x: number, y: number, heightM: number, heading: number): void {
  const { random } = stage;
  if (!stage.sees(x, y, heightM * 1.6)) return;
  const blade = heightM * random.uniform(0.48, 0.62);
  const turn = random.uniform(0, 2.1);
  const [sx, sy] = stage.light.shadow;
  const paint: Rgb = near(random, [232, 234, 236], 0.04);
  const towerM = Math.max(4.2, stage.gsdM * 2);
  const bladeRing = (ox: number, oy: number, angle: number, squeeze: number): Ring => {
    // The rotor stands upright: from above it is squeezed along the wind's direction.
    const flat = (u: number, v: number): Point => {
      const [c, s] = [Math.cos(heading), Math.sin(heading)];
      return [ox + u * squeeze * c - v * s, oy + u * squeeze * s + v * c];
    };
    const root = Math.max(1.3, stage.gsdM);
    const tip = Math.max(0.45, stage.gsdM * 0.5);
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const at = (along: number, side: number): Point => flat(along * c - side * s, along * s + side * c);
    return [
      at(0, -root),
      at(blade * 0.25, -root * 1.4),
      at(blade, -tip),
      at(blade, tip),
      at(blade * 0.25, root),
      at(0, root),
    ];
  };
  const foot: Point = [x, y];
  stage.fill([disc(x, y, 9, 20)], css([176, 166, 148], 0.75));
  const alpha = stage.light.shadowAlpha * 0.85;
  const shadowTop: Point = [x + sx * heightM, y + sy * heightM];
  const shadowRotor = [0, 1, 2].map((index) =>
    bladeRing(shadowTop[0], shadowTop[1], turn + (index * 2 * Math.PI) / 3, 0.75),
  );
  stage.fill([...ribbon([foot, shadowTop], towerM * 0.8), ...shadowRotor], `rgba(8,12,24,${alpha.toFixed(3)})`);
  stage.tall({
    x,
    y,
    rank: 2,
    shadow: [],
    draw() {
      const [dx, dy] = stage.lean(x, y, heightM);
      const hub: Point = [x + dx, y + dy];
      const tower = ribbon([foot, hub], towerM);
      const rotor = [0, 1, 2].map((index) => bladeRing(hub[0], hub[1], turn + (index * 2 * Math.PI) / 3, 0.55));
      const nacelle = rectangle(hub[0], hub[1], Math.max(11, stage.gsdM * 4), Math.max(3.6, stage.gsdM * 1.6), heading);
      stage.fill([...tower, disc(x, y, towerM * 0.62, 14)], css(shade(paint, 0.86)));
      stage.fill([nacelle], css(shade(paint, 0.95)));
      stage.fill(rotor, css(paint));
      stage.thing({
        category: 'wind turbine',
        rings: [...tower, disc(x, y, towerM * 0.62, 14), nacelle, ...rotor],
        colour: 'white',
        heading,
      });
    },
  });
}

/** A lattice pylon seen from above, leaning; returns the tips of its arms, where wires hang. */
export function drawPylon(stage: Stage, x: number, y: number, heading: number, heightM: number): Point[] {
  const base = heightM * stage.random.uniform(0.15, 0.24);
  const arm = heightM * stage.random.uniform(0.24, 0.34);
  const paint: Rgb = near(stage.random, [150, 154, 156], 0.1);
  const [c, s] = [Math.cos(heading + Math.PI / 2), Math.sin(heading + Math.PI / 2)];
  const [dx, dy] = stage.lean(x, y, heightM);
  const tips = (level: number): Point[] =>
    [-1, 1].map((side): Point => [x + dx * level + c * arm * side, y + dy * level + s * arm * side]);
  const levels = [0.68, 0.84, 1];
  const [sx, sy] = stage.light.shadow;
  const foot = rectangle(x, y, base, base, heading);
  const thick = Math.max(0.5, stage.gsdM * 0.9);
  const shadowTop: Point = [x + sx * heightM, y + sy * heightM];
  stage.fill([disc(x, y, base * 0.8, 12)], css([140, 130, 104], 0.5));
  const shadowLegs = foot.flatMap((corner) => ribbon([corner, shadowTop], thick));
  const shadowArms = levels.flatMap((level) =>
    ribbon(
      [-1, 1].map(
        (side): Point => [x + sx * heightM * level + c * arm * side, y + sy * heightM * level + s * arm * side],
      ),
      thick,
    ),
  );
  stage.fill([...shadowLegs, ...shadowArms], `rgba(8,12,24,${(stage.light.shadowAlpha * 0.7).toFixed(3)})`);
  stage.tall({
    x,
    y,
    rank: 2,
    shadow: [],
    draw() {
      const top = shift(rectangle(x, y, base * 0.16, base * 0.16, heading), dx, dy);
      const outline: Ring[] = [];
      foot.forEach((corner, index) => {
        outline.push(...ribbon([corner, top[index]], thick));
        stage.line([corner, top[index]], 0.35, css(paint), { minPx: 0.8 });
      });
      const body = [foot, top];
      for (let index = 0; index < 4; index++) {
        body.push([foot[index], foot[(index + 1) % 4], top[(index + 1) % 4], top[index]]);
      }
      // Lattice between the legs: lines that narrow towards the top.
      for (let step = 0; step < 6; step++) {
        const t = step / 6;
        const ring = foot.map(
          (corner, index): Point => [
            corner[0] + (top[index][0] - corner[0]) * t,
            corner[1] + (top[index][1] - corner[1]) * t,
          ],
        );
        stage.line(ring, 0.25, css(shade(paint, 0.9)), { closed: true, minPx: 0.5 });
        stage.line([ring[0], ring[2]], 0.2, css(shade(paint, 0.8)), { minPx: 0.4 });
        stage.line([ring[1], ring[3]], 0.2, css(shade(paint, 0.8)), { minPx: 0.4 });
      }
      for (const level of levels) {
        const [a, b] = tips(level);
        const cross = ribbon([a, b], Math.max(1.1, stage.gsdM * 1.6));
        stage.fill(cross, css(shade(paint, 1.12)));
        outline.push(...cross);
      }
      stage.thing({ category: 'pylon', rings: [...outline, ...body], colour: undefined, heading });
    },
  });
  return levels.flatMap(tips);
}

/** A wire between two arms, sagging. */
export function drawWire(stage: Stage, from: Point, to: Point): void {
  stage.tall({
    x: from[0],
    y: from[1],
    rank: 3,
    shadow: [],
    draw: () => stage.line([from, to], 0.06, 'rgba(210,212,214,0.4)', { minPx: 0.45 }),
  });
}

/** A tall chimney, or a cooling tower when wide; marked with its visible shaft. */
export function drawChimney(stage: Stage, x: number, y: number, heightM: number, radiusM: number): void {
  const { random } = stage;
  if (!stage.sees(x, y, heightM * 1.5)) return;
  const banded = random.next() < 0.45;
  const colour: ColourName | undefined = banded
    ? undefined
    : random.pick<ColourName>(['grey', 'white', 'brown', 'red']);
  const paint: Rgb = near(
    random,
    colour === 'brown'
      ? [128, 88, 66]
      : colour === 'red'
        ? [166, 58, 46]
        : colour === 'grey'
          ? [134, 132, 130]
          : [214, 212, 206],
    0.06,
  );
  const foot = disc(x, y, radiusM, 24);
  const topRadius = radiusM * random.uniform(0.6, 0.8);
  stage.tall({
    x,
    y,
    rank: 1,
    shadow: [{ ring: disc(x, y, radiusM * 0.85, 16), heightM }],
    draw() {
      const [dx, dy] = stage.lean(x, y, heightM);
      const steps = 14;
      const slices: Ring[] = [];
      for (let step = 0; step <= steps; step++) {
        const t = step / steps;
        slices.push(disc(x + dx * t, y + dy * t, radiusM + (topRadius - radiusM) * t, 20));
      }
      const outline = slices.slice(0, -1).map((ring, index): Ring => convexHull([...ring, ...slices[index + 1]]));
      const length = Math.hypot(dx, dy);
      for (let step = 0; step < steps; step++) {
        const t = step / steps;
        const radius = radiusM + (topRadius - radiusM) * t;
        const quads = [outline[step]];
        const red = banded && step > steps * 0.35 && Math.floor(step / 2) % 2 === 0;
        stage.fill(quads, css(shade(red ? [178, 54, 46] : paint, 0.84)));
        if (length > radius * 0.5) {
          const [nx, ny] = [-dy / length, dx / length];
          const lit = nx * stage.light.shadow[0] + ny * stage.light.shadow[1] > 0 ? -1 : 1;
          const [ox, oy] = [nx * radius * 0.45 * lit, ny * radius * 0.45 * lit];
          const band = ribbon(
            [
              [x + dx * t + ox, y + dy * t + oy],
              [x + dx * (t + 1 / steps) + ox, y + dy * (t + 1 / steps) + oy],
            ],
            radius * 0.7,
          );
          stage.fill(band, css(red ? [198, 74, 62] : shade(paint, 1.08), 0.55));
        }
      }
      const top = slices[steps];
      stage.fill([top], css(shade(paint, 0.95)));
      stage.fill([disc(x + dx, y + dy, topRadius * 0.72, 18)], css([40, 38, 38]));
      stage.thing({ category: 'chimney', rings: [...outline, top, foot], colour });
    },
  });
}

/** Smoke or steam drifting from a point: see-through, hides nothing from the masks. */
export function drawPlume(stage: Stage, x: number, y: number, heading: number, lengthM: number): void {
  const { random } = stage;
  stage.tall({
    x,
    y,
    rank: 4,
    shadow: [],
    draw() {
      const { ctx } = stage;
      for (let index = 0; index < 14; index++) {
        const t = index / 14;
        const [px, py] = [
          x + Math.cos(heading) * lengthM * t + random.uniform(-1, 1) * lengthM * 0.05 * t,
          y + Math.sin(heading) * lengthM * t + random.uniform(-1, 1) * lengthM * 0.05 * t,
        ];
        const radius = lengthM * (0.03 + 0.12 * t);
        const gradient = ctx.createRadialGradient(px, py, 0, px, py, radius);
        gradient.addColorStop(0, `rgba(240,240,240,${(0.3 * (1 - t)).toFixed(3)})`);
        gradient.addColorStop(1, 'rgba(240,240,240,0)');
        ctx.fillStyle = gradient;
        ctx.fillRect(px - radius, py - radius, radius * 2, radius * 2);
      }
    },
  });
}
