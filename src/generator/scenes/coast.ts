import { fillBlock } from './blocks.js';
import { drawBuilding } from './buildings.js';
import { css, near, type Rgb, weighted } from './colour.js';
import { contains, type Point, type Ring, rectangle, ribbon, smooth } from './geometry.js';
import { type Box, everything, layGround, ringOf } from './ground.js';
import { drawTowerCrane } from './machinery.js';
import { drawParking } from './parking.js';
import { createQuarter } from './quarter.js';
import { drawRoad, drawTraffic, roadStyle } from './roads.js';
import { drawShip, type ShipKind, shipLengthM } from './ships.js';
import type { Stage } from './stage.js';
import type { LayoutInput } from './themes.js';
import { scatterTrees } from './trees.js';

/** The open sea, marked, over the whole picture. */
function layOcean(stage: Stage): void {
  stage.fill([ringOf(everything(stage))], stage.material('sea'));
  stage.thing({ category: 'ocean', rings: [ringOf(everything(stage))], kind: 'terrain', cuts: 'terrain' });
  glint(stage);
}

/** Sun glint: soft bright streaks in one region. */
function glint(stage: Stage): void {
  const { random, ctx } = stage;
  if (random.next() > 0.35) return;
  const [x, y, r] = [
    random.uniform(-1, 1) * stage.halfM,
    random.uniform(-1, 1) * stage.halfM,
    stage.halfM * random.uniform(0.5, 1.2),
  ];
  const gradient = ctx.createRadialGradient(x, y, 0, x, y, r);
  gradient.addColorStop(0, `rgba(220,230,235,${random.uniform(0.1, 0.35).toFixed(3)})`);
  gradient.addColorStop(1, 'rgba(220,230,235,0)');
  ctx.fillStyle = gradient;
  ctx.fillRect(x - r, y - r, 2 * r, 2 * r);
}

/** Keeps ships apart: takes a place if no earlier one is too near. */
function roomFinder(): (x: number, y: number, reach: number) => boolean {
  const taken: [number, number, number][] = [];
  return (x, y, reach) => {
    if (taken.some(([ox, oy, other]) => Math.hypot(x - ox, y - oy) < reach + other)) return false;
    taken.push([x, y, reach]);
    return true;
  };
}

/** Ships at sea, some under way with wakes. */
export function openSea({ stage }: LayoutInput): void {
  const { random } = stage;
  layOcean(stage);
  const small = stage.halfM < 160;
  const count = 2 + random.integer(9);
  const room = roomFinder();
  const common = random.uniform(0, 6.28);
  for (let index = 0; index < count; index++) {
    const kind = weighted<ShipKind>(
      random,
      small
        ? [
            ['motorboat', 3],
            ['yacht', 3],
            ['sailing', 3],
            ['fishing', 3],
            ['tug', 1],
          ]
        : [
            ['cargo', 3],
            ['tanker', 3],
            ['bulk', 3],
            ['fishing', 2],
            ['ferry', 2],
            ['barge', 1],
            ['tug', 1],
            ['yacht', 1],
          ],
    );
    const lengthM = shipLengthM(stage, kind);
    const [x, y] = [random.uniform(-1, 1) * stage.halfM, random.uniform(-1, 1) * stage.halfM];
    if (!room(x, y, lengthM * 0.6)) continue;
    drawShip(stage, x, y, random.next() < 0.5 ? common + random.uniform(-0.3, 0.3) : random.uniform(0, 6.28), {
      kind,
      lengthM,
      moving: random.next() < 0.6,
    });
  }
}

interface Shore {
  /** The land, closed. */
  readonly land: Ring;
  readonly line: readonly Point[];
}

/** A shoreline across the picture; land lies at larger y. */
function shoreline(stage: Stage, level: number, roughM: number): Shore {
  const { random } = stage;
  const reach = stage.reachM * 1.1;
  const steps = 9;
  const points: Point[] = Array.from({ length: steps + 1 }, (_, index) => [
    -reach + (2 * reach * index) / steps,
    level + random.uniform(-1, 1) * roughM,
  ]);
  const line = smooth(points, 8);
  return { line, land: [...line, [reach, reach * 1.2], [-reach, reach * 1.2]] };
}

/** Shallow water, wet sand and foam along a shore; draw before the land. */
function drawSurf(stage: Stage, line: readonly Point[], shallow: Rgb, widthM: number): void {
  const { random } = stage;
  for (let ring = 6; ring >= 1; ring--) {
    stage.line(line, (widthM * ring) / 3, css(shallow, 0.13));
  }
  for (let wave = 0; wave < 3; wave++) {
    const out = random.uniform(1, widthM * 0.5);
    stage.line(
      line.map(([x, y]): Point => [x, y - out]),
      random.uniform(0.6, 2),
      `rgba(240,244,244,${random.uniform(0.15, 0.5).toFixed(2)})`,
    );
  }
}

/** A beach or rocky coast with what lies behind it. */
export function beach({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  layOcean(stage);
  const level = random.uniform(-0.5, 0.5) * stage.halfM;
  const { line, land } = shoreline(stage, level, stage.halfM * random.uniform(0.05, 0.35));
  drawSurf(
    stage,
    line,
    random.pick<Rgb>([
      [120, 190, 184],
      [150, 176, 150],
      [90, 140, 150],
    ]),
    stage.halfM * random.uniform(0.06, 0.2),
  );
  const edge = random.pick(['sand', 'sand', 'rock', 'mud'] as const);
  layGround(stage, [land], edge, { label: 'land' });
  const beachM = stage.halfM * random.uniform(0.05, 0.2);
  const inland: Ring = land.map(([x, y]): Point => [x, y + beachM + random.uniform(-1, 1) * beachM * 0.15]);
  const cover = random.pick(['grass', 'meadow', 'forest', 'soil'] as const);
  // Land stays land under whatever grows on it; only the picture changes.
  stage.fill([inland], stage.material(cover));
  const roadY = level + stage.halfM * random.uniform(0.45, 0.6) + beachM;
  const quarter = createQuarter(stage, grove, 'grass');
  if (random.next() < 0.7) {
    const style = roadStyle(stage, random.pick(['lane', 'street', 'street'] as const));
    const road = smooth([
      [-stage.reachM, roadY],
      [0, roadY + random.uniform(-0.08, 0.08) * stage.halfM],
      [stage.reachM, roadY],
    ]);
    drawRoad(stage, road, style);
    if (random.next() < 0.7) {
      const far: Box = {
        x0: -stage.reachM,
        x1: stage.reachM,
        y0: roadY + style.widthM + stage.halfM * 0.1,
        y1: stage.reachM,
      };
      for (let x = far.x0; x < far.x1; x += 90) {
        if (far.y1 - far.y0 < 30) break;
        fillBlock(
          stage,
          quarter,
          { x0: x, x1: x + 78, y0: far.y0, y1: Math.min(far.y1, far.y0 + 90) },
          random.pick(['houses', 'houses', 'park', 'commerce', 'baths', 'parking', 'slabs']),
        );
      }
    }
    drawTraffic(stage, road, style, { spacingM: random.uniform(20, 70) });
  }
  grove.plant(
    scatterTrees(
      stage,
      { x0: -stage.reachM, x1: stage.reachM, y0: level, y1: roadY - 8 },
      random.uniform(2, 30),
      (x, y) => contains(inland, x, y),
    ),
  );
  const room = roomFinder();
  const count = random.integer(9);
  for (let index = 0; index < count; index++) {
    const kind = random.pick<ShipKind>(
      stage.halfM < 140
        ? ['motorboat', 'sailing', 'yacht', 'fishing']
        : ['yacht', 'fishing', 'ferry', 'cargo', 'sailing'],
    );
    const lengthM = shipLengthM(stage, kind);
    const [x, y] = [
      random.uniform(-1, 1) * stage.halfM,
      random.uniform(-stage.halfM, level - lengthM - stage.halfM * 0.1),
    ];
    if (contains(land, x, y + lengthM) || !room(x, y, lengthM * 0.7)) continue;
    drawShip(stage, x, y, random.uniform(0, 6.28), { kind, lengthM, moving: random.next() < 0.45 });
  }
}

/** A marina: piers with berths, boats side by side, a promenade behind. */
export function marina({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  layOcean(stage);
  const level = random.uniform(0, 0.55) * stage.halfM;
  const quay: Ring = rectangle(0, level + stage.reachM, stage.reachM * 2.4, stage.reachM * 2);
  stage.castShadow([quay], 1);
  layGround(stage, [quay], random.pick(['concrete', 'grass', 'gravel'] as const), { label: 'land' });
  stage.line(
    [
      [-stage.reachM, level],
      [stage.reachM, level],
    ],
    1.6,
    css([186, 182, 172]),
  );
  const wood: Rgb = random.pick<Rgb>([
    [176, 168, 154],
    [150, 122, 94],
    [206, 204, 198],
  ]);
  const boatM = random.uniform(6, 20);
  const pitch = boatM * 2.6 + random.uniform(8, 20);
  const occupancy = random.uniform(0.35, 0.95);
  const fingers = random.next() < 0.7;
  const kinds = random.pick<readonly ShipKind[]>([
    ['yacht', 'motorboat'],
    ['sailing', 'yacht'],
    ['motorboat', 'sailing', 'yacht', 'fishing'],
    ['fishing'],
  ]);
  for (let x = -stage.reachM + random.uniform(0, pitch); x < stage.reachM; x += pitch) {
    const length = stage.halfM * random.uniform(0.6, 1.3);
    const pier = rectangle(x, level - length / 2, 2.6, length);
    stage.castShadow([pier], 0.8);
    stage.fill([pier], css(near(random, wood, 0.06)));
    stage.cover([pier]);
    const beam = boatM / 2.6 + 1.4;
    for (const side of [-1, 1]) {
      let step = 0;
      for (let y = level - boatM * 0.8; y > level - length + beam; y -= beam, step++) {
        if (fingers && step % 2 === 0) {
          const finger = rectangle(x + side * (1.3 + boatM * 0.4), y + beam / 2, boatM * 0.8, 0.7);
          stage.fill([finger], css(wood));
          stage.cover([finger]);
        }
        if (random.next() > occupancy) continue;
        const kind = random.pick(kinds);
        const lengthM = boatM * random.uniform(0.72, 1);
        drawShip(
          stage,
          x + side * (2 + lengthM / 2),
          y,
          (side > 0 ? 0 : Math.PI) + (random.next() < 0.25 ? Math.PI : 0) + random.uniform(-0.03, 0.03),
          { kind, lengthM },
        );
      }
    }
  }
  shoreSide(stage, grove, level);
  const room = roomFinder();
  for (let index = 0; index < 4; index++) {
    const [x, y] = [random.uniform(-1, 1) * stage.halfM, -stage.halfM + random.uniform(0, 0.25) * stage.halfM];
    if (y < level - stage.halfM * 1.35 && room(x, y, 20))
      drawShip(stage, x, y, random.uniform(0, 6.28), { kind: random.pick(kinds), moving: random.next() < 0.7 });
  }
}

/** Promenade, parking and houses behind a quay. */
function shoreSide(stage: Stage, grove: LayoutInput['grove'], level: number): void {
  const { random } = stage;
  const style = roadStyle(stage, 'street');
  const roadY = level + 30 + random.uniform(0, 20);
  if (roadY > stage.reachM) return;
  for (let x = -stage.reachM; x < stage.reachM; x += 64) {
    const what = random.next();
    if (what < 0.45) drawParking(stage, { x0: x, x1: x + 56, y0: level + 6, y1: roadY - 6 }, random.uniform(0.2, 0.9));
    else if (what < 0.75)
      drawBuilding(stage, {
        x: x + 28,
        y: (level + roadY) / 2,
        length: random.uniform(16, 44),
        width: 13,
        heading: 0,
        heightM: random.uniform(4, 9),
        roof: random.pick(['flat', 'gable', 'metal', 'hip'] as const),
      });
  }
  const line: Point[] = [
    [-stage.reachM, roadY],
    [stage.reachM, roadY],
  ];
  drawRoad(stage, line, style);
  drawTraffic(stage, line, style, { spacingM: random.uniform(16, 50) });
  const quarter = createQuarter(stage, grove, 'grass');
  for (let x = -stage.reachM; x < stage.reachM; x += 110) {
    const y0 = roadY + style.widthM / 2 + style.pavementM + 2;
    if (y0 > stage.reachM) break;
    fillBlock(
      stage,
      quarter,
      { x0: x, x1: x + 100, y0, y1: y0 + 80 },
      random.pick(['houses', 'towers', 'park', 'commerce', 'slabs', 'halls']),
    );
  }
}

/** A commercial port: quays, large ships, container yards, tanks, sheds, cranes. */
export function port({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  layOcean(stage);
  const level = random.uniform(-0.35, 0.35) * stage.halfM;
  const reach = stage.reachM * 1.2;
  const basin = random.next() < 0.55;
  const basinX = random.uniform(-0.5, 0.5) * stage.halfM;
  const basinW = random.uniform(70, 160);
  const depth = stage.halfM * random.uniform(0.5, 1.2);
  const land: Ring = basin
    ? [
        [-reach, level],
        [basinX - basinW / 2, level],
        [basinX - basinW / 2, level + depth],
        [basinX + basinW / 2, level + depth],
        [basinX + basinW / 2, level],
        [reach, level],
        [reach, reach],
        [-reach, reach],
      ]
    : [
        [-reach, level],
        [reach, level],
        [reach, reach],
        [-reach, reach],
      ];
  stage.castShadow([land], 2);
  layGround(stage, [land], random.pick(['concrete', 'apron', 'asphalt'] as const), { label: 'land' });
  stage.line(land, 1.8, css([196, 192, 182]));
  const quarter = createQuarter(stage, grove, 'meadow');
  const strips: Box[] = basin
    ? [
        { x0: -reach, x1: basinX - basinW / 2 - 6, y0: level + 8, y1: level + depth },
        { x0: basinX + basinW / 2 + 6, x1: reach, y0: level + 8, y1: level + depth },
        { x0: -reach, x1: reach, y0: level + depth + 12, y1: reach },
      ]
    : [
        { x0: -reach, x1: reach, y0: level + 8, y1: level + 110 },
        { x0: -reach, x1: reach, y0: level + 124, y1: reach },
      ];
  for (const strip of strips) {
    for (let x = strip.x0; x < strip.x1; x += 150) {
      const box = { x0: x, x1: Math.min(strip.x1, x + 140), y0: strip.y0 + 6, y1: Math.min(strip.y1, strip.y0 + 150) };
      fillBlock(
        stage,
        quarter,
        box,
        weighted(random, [
          ['containers', 5],
          ['halls', 3],
          ['tanks', 3],
          ['depot', 1],
          ['parking', 1],
          ['waste', 0.5],
        ]),
      );
    }
  }
  const berth = (x: number, y: number, heading: number, most: number): void => {
    const kind = weighted<ShipKind>(random, [
      ['cargo', 4],
      ['tanker', 3],
      ['bulk', 3],
      ['ferry', 1],
      ['barge', 2],
      ['fishing', 2],
      ['tug', 2],
    ]);
    const lengthM = Math.min(most, shipLengthM(stage, kind));
    if (lengthM < 12) return;
    drawShip(stage, x, y, heading, { kind, lengthM });
  };
  for (let x = -stage.reachM; x < stage.reachM; ) {
    const slot = random.uniform(60, 260);
    if (!(basin && x + slot > basinX - basinW / 2 - 10 && x < basinX + basinW / 2 + 10) && random.next() < 0.75) {
      berth(x + slot / 2, level - 20 - random.uniform(0, 3), random.pick([0, Math.PI]), slot * 0.9);
    }
    x += slot;
  }
  if (basin) {
    for (const side of [-1, 1]) {
      if (random.next() < 0.7)
        berth(basinX + side * (basinW / 2 - 18), level + depth / 2, random.pick([1, -1]) * (Math.PI / 2), depth * 0.8);
    }
  }
  const cranes = random.integer(4);
  for (let index = 0; index < cranes; index++) {
    const x = random.uniform(-1, 1) * stage.halfM;
    if (basin && Math.abs(x - basinX) < basinW / 2 + 8) continue;
    gantry(stage, x, level + 4);
  }
  if (random.next() < 0.25)
    drawTowerCrane(stage, random.uniform(-1, 1) * stage.halfM, level + depth, random.uniform(0, 6));
  const room = roomFinder();
  for (let index = 0; index < 5; index++) {
    const kind = random.pick<ShipKind>(['tug', 'fishing', 'cargo', 'tanker', 'barge', 'ferry']);
    const lengthM = shipLengthM(stage, kind);
    const [x, y] = [random.uniform(-1, 1) * stage.halfM, random.uniform(-stage.halfM, level - 60 - lengthM / 2)];
    if (y < level - 60 - lengthM / 2 && room(x, y, lengthM * 0.55))
      drawShip(stage, x, y, random.uniform(0, 6.28), { kind, lengthM, moving: random.next() < 0.6 });
  }
}

/** A ship-to-shore gantry on the quay; belongs to no category of the release. */
function gantry(stage: Stage, x: number, y: number): void {
  const heightM = 36;
  const paint = css(
    near(
      stage.random,
      stage.random.pick<Rgb>([
        [60, 110, 170],
        [190, 60, 50],
        [200, 204, 206],
      ]),
      0.1,
    ),
  );
  const beam: Ring[] = ribbon(
    [
      [x, y + 28],
      [x, y - 42],
    ],
    5,
  );
  stage.tall({
    x,
    y,
    rank: 2,
    shadow: beam.map((ring) => ({ ring, fromM: heightM, heightM })),
    draw() {
      const [dx, dy] = stage.lean(x, y, heightM);
      const top = beam.map((ring) => ring.map(([px, py]): Point => [px + dx, py + dy]));
      for (const leg of [-8, 8]) {
        for (const at of [2, 20])
          stage.line(
            [
              [x + leg, y + at],
              [x + leg + dx, y + at + dy],
            ],
            1.2,
            paint,
          );
        stage.line(
          [
            [x + leg + dx, y + 26 + dy],
            [x + leg + dx, y - 2 + dy],
          ],
          1.4,
          paint,
        );
      }
      stage.fill(top, paint);
      stage.cover(top);
    },
  });
}
