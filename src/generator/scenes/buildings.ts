import type { ColourName } from '../scene.js';
import { css, mix, near, type Rgb, shade } from './colour.js';
import { place, type Ring, rectangle, shift, signedArea, sweep } from './geometry.js';
import type { Stage } from './stage.js';

export type RoofKind = 'flat' | 'gable' | 'hip' | 'metal' | 'rusty' | 'saw';

export interface BuildingSpec {
  readonly x: number;
  readonly y: number;
  readonly length: number;
  readonly width: number;
  readonly heading: number;
  readonly heightM: number;
  readonly roof: RoofKind;
  readonly shape?: FootprintShape;
  readonly paint?: Rgb;
  readonly colour?: ColourName;
}

export type FootprintShape = 'rectangle' | 'L' | 'U' | 'T' | 'cross' | 'court';

/** The rectangular wings of a footprint of length x width around the origin: [x, y, length, width]. */
function wings(shape: FootprintShape, length: number, width: number, t: number): [number, number, number, number][] {
  const arm = Math.max(width * 0.36, width * t);
  switch (shape) {
    case 'rectangle':
      return [[0, 0, length, width]];
    case 'L':
      return [
        [0, -width / 2 + arm / 2, length, arm],
        [-length / 2 + arm / 2, 0, arm, width],
      ];
    case 'U':
      return [
        [0, -width / 2 + arm / 2, length, arm],
        [-length / 2 + arm / 2, 0, arm, width],
        [length / 2 - arm / 2, 0, arm, width],
      ];
    case 'T':
      return [
        [0, -width / 2 + arm / 2, length, arm],
        [0, 0, arm, width],
      ];
    case 'cross':
      return [
        [0, 0, length, arm],
        [0, 0, arm, width],
      ];
    case 'court':
      return [
        [0, -width / 2 + arm / 4, length, arm / 2],
        [0, width / 2 - arm / 4, length, arm / 2],
        [-length / 2 + arm / 4, 0, arm / 2, width],
        [length / 2 - arm / 4, 0, arm / 2, width],
      ];
  }
}

const roofPaints: Record<RoofKind, readonly (readonly [Rgb, ColourName | undefined])[]> = {
  flat: [
    [[188, 186, 180], undefined],
    [[214, 212, 206], 'white'],
    [[232, 232, 230], 'white'],
    [[128, 126, 124], 'grey'],
    [[104, 104, 106], 'grey'],
    [[160, 148, 132], undefined],
    [[176, 160, 136], undefined],
    [[90, 88, 88], undefined],
    [[146, 104, 88], undefined],
  ],
  gable: [
    [[168, 84, 60], 'red'],
    [[148, 74, 58], 'red'],
    [[180, 100, 68], undefined],
    [[96, 92, 92], undefined],
    [[116, 112, 108], 'grey'],
    [[112, 80, 62], 'brown'],
    [[92, 66, 54], 'brown'],
    [[70, 72, 78], undefined],
    [[142, 130, 118], undefined],
    [[172, 38, 40], 'red'],
    [[54, 84, 138], 'blue'],
  ],
  hip: [
    [[164, 86, 62], 'red'],
    [[190, 110, 74], undefined],
    [[104, 100, 98], 'grey'],
    [[108, 78, 60], 'brown'],
    [[84, 82, 84], undefined],
    [[134, 122, 110], undefined],
    [[66, 68, 72], undefined],
  ],
  metal: [
    [[206, 208, 210], 'white'],
    [[230, 232, 232], 'white'],
    [[150, 154, 158], undefined],
    [[118, 122, 126], 'grey'],
    [[56, 98, 158], 'blue'],
    [[72, 118, 176], 'blue'],
    [[160, 58, 50], 'red'],
    [[62, 110, 84], 'green'],
    [[170, 176, 176], undefined],
  ],
  rusty: [
    [[140, 88, 64], 'brown'],
    [[160, 112, 84], undefined],
    [[172, 164, 154], undefined],
    [[124, 86, 68], 'brown'],
    [[186, 180, 172], undefined],
    [[150, 60, 54], 'red'],
  ],
  saw: [
    [[140, 142, 146], undefined],
    [[120, 122, 126], 'grey'],
    [[176, 178, 178], undefined],
  ],
};

/** Draws a building and marks it. The mask is roof and visible walls. */
export function drawBuilding(stage: Stage, spec: BuildingSpec): void {
  const { random } = stage;
  const { x, y, heading, heightM, roof } = spec;
  if (!stage.sees(x, y, Math.hypot(spec.length, spec.width) / 2 + heightM)) return;
  const shape = spec.shape ?? 'rectangle';
  const [paint, chosen] = spec.paint ? [spec.paint, spec.colour] : random.pick(roofPaints[roof]);
  const roofPaint = near(random, paint, 0.08);
  const wall = near(
    random,
    random.pick<Rgb>([
      [176, 166, 152],
      [146, 134, 120],
      [196, 190, 180],
      [120, 110, 104],
      [156, 122, 100],
    ]),
    0.1,
  );
  const parts = wings(shape, spec.length, spec.width, random.uniform(0.36, 0.5));
  const feet = parts.map(([px, py, l, w]) => place(rectangle(px, py, l, w), x, y, heading));
  const clutterSeed = random.uniform(0, 1);
  stage.tall({
    x,
    y,
    shadow: feet.map((ring) => ({ ring, heightM })),
    draw() {
      const [dx, dy] = stage.lean(x, y, heightM);
      const swept = feet.flatMap((ring) => sweep(ring, dx, dy));
      if (Math.hypot(dx, dy) > stage.gsdM * 0.4) {
        stage.fill(swept, css(shade(wall, 0.5)));
        for (const foot of feet) drawWalls(stage, foot, dx, dy, wall, heightM);
      }
      const tops = feet.map((ring) => shift(ring, dx, dy));
      if (roof === 'flat') drawFlatRoof(stage, tops, parts, x + dx, y + dy, heading, roofPaint, clutterSeed);
      else {
        for (const [px, py, l, w] of parts) {
          stage.local(x + dx, y + dy, heading, (ctx) => {
            ctx.translate(px, py);
            if (w > l) {
              ctx.rotate(Math.PI / 2);
              drawPitched(stage, roof, w, l, roofPaint, heading + Math.PI / 2);
            } else drawPitched(stage, roof, l, w, roofPaint, heading);
          });
        }
      }
      stage.thing({ category: 'building', rings: swept, colour: chosen });
    },
  });
}

/** Walls that face the viewer, with rows of windows where they are large enough. */
function drawWalls(stage: Stage, foot: Ring, dx: number, dy: number, wall: Rgb, heightM: number): void {
  const turned = signedArea(foot) < 0 ? -1 : 1;
  for (let index = 0; index < foot.length; index++) {
    const a = foot[index];
    const b = foot[(index + 1) % foot.length];
    const [nx, ny] = [(b[1] - a[1]) * turned, -(b[0] - a[0]) * turned];
    if (nx * dx + ny * dy >= 0) continue;
    const length = Math.hypot(nx, ny) || 1;
    const [sx, sy] = stage.light.shadow;
    const facing = -(nx * sx + ny * sy) / (length * (Math.hypot(sx, sy) || 1));
    const tone = shade(wall, 0.66 + 0.34 * Math.max(0, facing));
    stage.fill([[a, b, [b[0] + dx, b[1] + dy], [a[0] + dx, a[1] + dy]]], css(tone));
    const floors = Math.floor(heightM / 3.2);
    if (floors >= 2 && Math.hypot(dx, dy) / floors > stage.gsdM * 2) {
      for (let floor = 0; floor < floors; floor++) {
        const t = (floor + 0.5) / floors;
        stage.line(
          [
            [a[0] + dx * t + (b[0] - a[0]) * 0.04, a[1] + dy * t + (b[1] - a[1]) * 0.04],
            [b[0] + dx * t + (a[0] - b[0]) * 0.04, b[1] + dy * t + (a[1] - b[1]) * 0.04],
          ],
          (Math.hypot(dx, dy) / floors) * 0.45,
          css(shade(tone, 0.55), 0.8),
          { dash: [1.6, 1.1] },
        );
      }
    }
  }
}

function drawFlatRoof(
  stage: Stage,
  tops: readonly Ring[],
  parts: readonly (readonly [number, number, number, number])[],
  x: number,
  y: number,
  heading: number,
  paint: Rgb,
  clutter: number,
): void {
  const { random } = stage;
  // Parapet: a lighter rim around all wings, then the surface inside it.
  stage.fill(tops, css(mix(paint, [240, 238, 232], 0.35)));
  const rim = Math.max(0.35, stage.gsdM * 0.7);
  stage.local(x, y, heading, (ctx) => {
    ctx.fillStyle = css(paint);
    for (const [px, py, l, w] of parts) {
      if (l > rim * 3 && w > rim * 3) ctx.fillRect(px - l / 2 + rim, py - w / 2 + rim, l - 2 * rim, w - 2 * rim);
    }
    for (const [px, py, l, w] of parts) {
      // Stains and patches, then plant: air handling, skylights, stair heads, each with its small shadow.
      const patches = Math.min(8, Math.floor((l * w) / 90));
      for (let index = 0; index < patches; index++) {
        ctx.fillStyle = css(shade(paint, random.uniform(0.8, 1.12)), 0.5);
        const [pl, pw] = [l * random.uniform(0.1, 0.4), w * random.uniform(0.1, 0.5)];
        ctx.fillRect(
          px + (l - pl - 2 * rim) * random.uniform(-0.5, 0.5) - pl / 2,
          py + (w - pw - 2 * rim) * random.uniform(-0.5, 0.5) - pw / 2,
          pl,
          pw,
        );
      }
      const units = Math.min(26, Math.floor(((l * w) / 60) * clutter * 1.4));
      const cos = Math.cos(heading);
      const sin = Math.sin(heading);
      const [sx, sy] = stage.light.shadow;
      const [shx, shy] = [sx * cos + sy * sin, -sx * sin + sy * cos];
      for (let index = 0; index < units; index++) {
        const size = random.uniform(0.9, 3.4);
        const [ux, uy] = [
          px + (l - size - 2.5) * random.uniform(-0.5, 0.5),
          py + (w - size - 2.5) * random.uniform(-0.5, 0.5),
        ];
        const other = size * random.uniform(0.5, 1.2);
        if (size > l * 0.4 || other > w * 0.4) continue;
        ctx.fillStyle = `rgba(10,14,24,${stage.light.shadowAlpha})`;
        ctx.fillRect(ux - size / 2 + shx, uy - other / 2 + shy, size, other);
        ctx.fillStyle = css(shade(mix(paint, [170, 172, 174], 0.7), random.uniform(0.75, 1.25)));
        ctx.fillRect(ux - size / 2, uy - other / 2, size, other);
      }
    }
  });
}

/** A pitched roof of l x w around the origin of the current frame, its ridge along x. */
function drawPitched(stage: Stage, roof: RoofKind, l: number, w: number, paint: Rgb, heading: number): void {
  const { ctx, random } = stage;
  const [sx, sy] = stage.light.shadow;
  const size = Math.hypot(sx, sy) || 1;
  const light = (angle: number): number => {
    const facing = -(Math.cos(angle + heading) * sx + Math.sin(angle + heading) * sy) / size;
    return 1 + 0.2 * facing;
  };
  const face = (points: Ring, angle: number): void => {
    ctx.beginPath();
    points.forEach(([px, py], index) => {
      if (index === 0) ctx.moveTo(px, py);
      else ctx.lineTo(px, py);
    });
    ctx.closePath();
    ctx.fillStyle = css(shade(paint, light(angle)));
    ctx.fill();
  };
  const [a, b] = [l / 2, w / 2];
  const over = Math.max(0.12, stage.gsdM * 0.25);
  if (roof === 'saw') {
    const teeth = Math.max(2, Math.round(l / 7));
    for (let index = 0; index < teeth; index++) {
      const x0 = -a + (l * index) / teeth;
      const x1 = x0 + l / teeth;
      const cut = x0 + (l / teeth) * 0.7;
      face(rectangle((x0 + cut) / 2, 0, cut - x0 + over, w), Math.PI);
      ctx.fillStyle = css(shade(paint, 0.5));
      ctx.fillRect(cut, -b, x1 - cut, w);
    }
    return;
  }
  if (roof === 'hip' && l > w * 1.02) {
    const ridge = a - b * 0.9;
    face(
      [
        [-a, -b],
        [a, -b],
        [ridge, 0],
        [-ridge, 0],
      ],
      -Math.PI / 2,
    );
    face(
      [
        [-a, b],
        [-ridge, 0],
        [ridge, 0],
        [a, b],
      ],
      Math.PI / 2,
    );
    face(
      [
        [a, -b],
        [a, b],
        [ridge, 0],
      ],
      0,
    );
    face(
      [
        [-a, -b],
        [-ridge, 0],
        [-a, b],
      ],
      Math.PI,
    );
  } else {
    face(
      [
        [-a, -b],
        [a, -b],
        [a, over],
        [-a, over],
      ],
      -Math.PI / 2,
    );
    face(
      [
        [-a, b],
        [-a, 0],
        [a, 0],
        [a, b],
      ],
      Math.PI / 2,
    );
  }
  // Sheets or tile courses across the slope; rust and repairs on old metal.
  const pitch = roof === 'metal' || roof === 'rusty' ? random.uniform(0.9, 2.4) : 0;
  if (pitch > 0 && pitch > stage.gsdM * 2.2) {
    ctx.fillStyle = css(shade(paint, 0.8), 0.55);
    for (let at = -a + pitch; at < a; at += pitch) ctx.fillRect(at, -b, Math.max(0.12, pitch * 0.16), w);
  }
  if (roof === 'rusty') {
    const sheets = Math.floor(l / 1.4);
    for (let index = 0; index < sheets; index++) {
      if (random.next() < 0.45) continue;
      const half = random.next() < 0.5 ? 0 : -b;
      ctx.fillStyle = css(
        random.pick<Rgb>([
          [128, 78, 54],
          [170, 160, 148],
          [150, 104, 78],
          [196, 192, 186],
        ]),
        random.uniform(0.2, 0.6),
      );
      ctx.fillRect(-a + (l * index) / sheets, half, l / sheets, b);
    }
  }
  if (roof === 'metal' && random.next() < 0.4) {
    ctx.fillStyle = css(mix(paint, [226, 230, 230], 0.75), 0.8);
    const lights = Math.max(2, Math.floor(l / 9));
    for (let index = 0; index < lights; index++) {
      const at = -a + (l * (index + 0.5)) / lights;
      ctx.fillRect(at, -b * 0.75, 0.9, b * 0.5);
      ctx.fillRect(at, b * 0.25, 0.9, b * 0.5);
    }
  }
  if (roof !== 'hip') {
    ctx.fillStyle = css(shade(paint, 1.18));
    ctx.fillRect(-a, -over / 2, l, over);
  }
  if ((roof === 'gable' || roof === 'hip') && random.next() < 0.6) {
    const chimney = rectangle(random.uniform(-0.3, 0.3) * l, random.uniform(-0.2, 0.2) * w, 0.8, 0.8);
    face(chimney, 0);
    ctx.fillStyle = css([70, 60, 56]);
    ctx.fillRect(chimney[0][0], chimney[0][1], 0.8, 0.8);
  }
}

/** A house of everyday size. */
export function drawHouse(stage: Stage, x: number, y: number, heading: number, style: HouseStyle): void {
  const { random } = stage;
  const length = random.uniform(style.lengthM[0], style.lengthM[1]);
  const width = length * random.uniform(0.55, 0.85);
  drawBuilding(stage, {
    x,
    y,
    length,
    width,
    heading,
    heightM: random.uniform(3.5, 7.5),
    roof: random.pick(style.roofs),
    shape: random.next() < style.winged ? random.pick(['L', 'T', 'U', 'cross'] as const) : 'rectangle',
  });
}

export interface HouseStyle {
  readonly lengthM: readonly [number, number];
  readonly roofs: readonly RoofKind[];
  /** Share of houses with wings. */
  readonly winged: number;
}

/** What the houses of one neighbourhood have in common. */
export function houseStyle(stage: Stage): HouseStyle {
  return stage.random.pick<HouseStyle>([
    { lengthM: [11, 18], roofs: ['gable', 'gable', 'hip'], winged: 0.35 },
    { lengthM: [12, 22], roofs: ['hip', 'hip', 'gable'], winged: 0.5 },
    { lengthM: [9, 14], roofs: ['gable', 'flat'], winged: 0.2 },
    { lengthM: [8, 16], roofs: ['metal', 'hip', 'gable', 'rusty'], winged: 0.25 },
    { lengthM: [12, 20], roofs: ['flat', 'flat', 'hip'], winged: 0.5 },
  ]);
}
