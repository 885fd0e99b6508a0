import { fillBlock } from './blocks.js';
import { drawBuilding } from './buildings.js';
import { css, near, type Rgb } from './colour.js';
import { contains, offsetLine, type Point, type Ring, rectangle, ribbon, smooth } from './geometry.js';
import { everything, layGround, ringOf } from './ground.js';
import { createQuarter } from './quarter.js';
import { drawBridge, drawRoad, drawTraffic, roadStyle } from './roads.js';
import { drawShip, type ShipKind, shipLengthM } from './ships.js';
import type { LayoutInput } from './themes.js';
import { scatterTrees } from './trees.js';

/** A river through town or country, with bridges and boats. */
export function river({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  const urban = random.next() < 0.5;
  const ground = urban ? 'grass' : random.pick(['grass', 'meadow', 'soil', 'forest', 'sand'] as const);
  layGround(stage, [ringOf(everything(stage))], ground);
  const reach = stage.reachM * 1.15;
  const width = stage.halfM * random.uniform(0.18, 0.7);
  const bend = stage.halfM * (urban ? random.uniform(0, 0.12) : random.uniform(0.05, 0.35));
  const shift = random.uniform(-0.3, 0.3) * stage.halfM;
  const points: Point[] = [-1, -0.6, -0.2, 0.2, 0.6, 1].map((t) => [t * reach, shift + random.uniform(-1, 1) * bend]);
  const line = smooth(points, 10);
  const bank = stage.material(random.pick(['sand', 'mud', 'concrete', 'grass', 'gravel'] as const), 2);
  stage.fill(ribbon(line, width + random.uniform(4, 24)), bank);
  stage.fill(ribbon(line, width), stage.material('water'));
  stage.thing({ category: 'river', rings: ribbon(line, width), kind: 'terrain', cuts: 'terrain' });
  for (let index = 0; index < 5; index++) {
    stage.line(
      offsetLine(line, random.uniform(-0.4, 0.4) * width),
      width * random.uniform(0.03, 0.12),
      'rgba(200,210,205,0.05)',
    );
  }
  const yAt = (x: number): number => {
    const near = line.reduce((best, point) => (Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best));
    return near[1];
  };
  const crossings = [0, 1, 2]
    .slice(0, 1 + random.integer(3))
    .map((index) => (index - 0.7) * stage.halfM * 0.75 + random.uniform(-0.2, 0.2) * stage.halfM);
  const slant = random.uniform(-0.25, 0.25);
  const quarter = createQuarter(stage, grove, 'grass');
  const roads = crossings.map((x) => ({
    x,
    style: roadStyle(stage, random.pick(['street', 'avenue', 'highway'] as const)),
  }));
  const bridges: { line: Point[]; style: (typeof roads)[number]['style'] }[] = [];
  for (const { x, style } of roads) {
    const at = (y: number): Point => [x + (y - yAt(x)) * slant, y];
    drawRoad(stage, [at(-reach), at(reach)], style);
    const middle = yAt(x);
    bridges.push({ line: [at(middle - width * 0.5 - 10), at(middle + width * 0.5 + 10)], style });
  }
  if (urban) {
    for (const side of [-1, 1]) {
      for (let x = -stage.reachM; x < stage.reachM; x += 100) {
        const inner = side * (width / 2 + bend + 20);
        const outer = side * Math.min(stage.reachM, width / 2 + bend + 110);
        const [y0, y1] = side < 0 ? [shift + outer, shift + inner] : [shift + inner, shift + outer];
        const clear = roads.every((road) => x + 92 < road.x - 34 || x > road.x + 34);
        if (clear && y1 - y0 > 20)
          fillBlock(
            stage,
            quarter,
            { x0: x, x1: x + 92, y0, y1 },
            random.pick(['houses', 'slabs', 'towers', 'park', 'commerce', 'halls', 'parking']),
          );
      }
    }
  } else {
    const rings = ribbon(line, width + 12);
    const roadsFree = (x: number, y: number): boolean =>
      roads.every((road) => Math.abs(x - road.x - (y - yAt(road.x)) * slant) > road.style.widthM);
    grove.plant(
      scatterTrees(
        stage,
        everything(stage),
        random.uniform(4, 40),
        (x, y) => roadsFree(x, y) && !rings.some((ring) => contains(ring, x, y)),
      ),
    );
  }
  const boats = random.integer(5);
  const taken: [number, number][] = [];
  for (let index = 0; index < boats; index++) {
    const kind = random.pick<ShipKind>(
      width < 60 ? ['motorboat', 'yacht', 'barge'] : ['barge', 'yacht', 'ferry', 'tug', 'fishing'],
    );
    const lengthM = Math.min(width * 0.7, shipLengthM(stage, kind));
    const x = random.uniform(-1, 1) * stage.halfM;
    const y = yAt(x) + random.uniform(-0.28, 0.28) * width;
    const clear =
      roads.every((road) => Math.abs(x - road.x) > lengthM / 2 + road.style.widthM + 8) &&
      taken.every(([tx]) => Math.abs(tx - x) > lengthM * 1.4);
    if (clear && lengthM > 5) {
      taken.push([x, y]);
      drawShip(stage, x, y, random.pick([0, Math.PI]) + random.uniform(-0.15, 0.15), {
        kind,
        lengthM,
        moving: random.next() < 0.5,
      });
    }
  }
  for (const { line: bridge, style } of bridges) drawBridge(stage, bridge, style, random.uniform(3, 9));
  for (const { x, style } of roads) {
    const at = (y: number): Point => [x + (y - yAt(x)) * slant, y];
    drawTraffic(stage, [at(-reach), at(reach)], style, { spacingM: random.uniform(12, 60), heavy: 0.12 });
  }
}

/** A reservoir behind a dam in wooded or dry hills. */
export function reservoir({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  const ground = random.pick(['forest', 'forest', 'soil', 'rock', 'grass', 'meadow'] as const);
  layGround(stage, [ringOf(everything(stage))], ground);
  const half = stage.halfM;
  const damX = random.uniform(-0.35, 0.35) * half;
  const span = half * random.uniform(0.35, 0.75);
  const reach = stage.reachM * 1.1;
  const upper: Point[] = [
    [damX, -span],
    ...[0.25, 0.5, 0.8, 1.3].map((t): Point => [damX - t * half * 1.2, -span * random.uniform(0.7, 1.7)]),
  ];
  const lower: Point[] = [
    [damX, span],
    ...[0.25, 0.5, 0.8, 1.3].map((t): Point => [damX - t * half * 1.2, span * random.uniform(0.7, 1.7)]),
  ];
  const bow = random.next() < 0.45 ? random.uniform(0.1, 0.35) * span : 0;
  const crest = smooth([
    [damX, -span * 1.06],
    [damX - bow * 0.75, -span * 0.5],
    [damX - bow, 0],
    [damX - bow * 0.75, span * 0.5],
    [damX, span * 1.06],
  ]);
  // The water ends at the dam's crest, which may bow into the lake.
  const lake: Ring = [...smooth(upper), ...smooth(lower).reverse(), ...crest.slice(1, -1).reverse()];
  const shore = lake.map(([x, y]): Point => [x, y * 1.05]);
  stage.fill([shore], css(near(random, [172, 156, 126], 0.15)));
  layGround(stage, [lake], 'water', { label: 'lake' });
  // The river leaves below the dam.
  const outflow = smooth([
    [damX + 6, 0],
    [damX + half * 0.35, random.uniform(-0.2, 0.2) * half],
    [damX + half * 0.8, random.uniform(-0.5, 0.5) * half],
    [reach * 1.2, random.uniform(-0.6, 0.6) * half],
  ]);
  const width = span * random.uniform(0.16, 0.4);
  stage.fill(ribbon(outflow, width * 1.4), stage.material('gravel', 1));
  stage.fill(ribbon(outflow, width), stage.material('water', 1));
  stage.thing({ category: 'river', rings: ribbon(outflow, width), kind: 'terrain', cuts: 'terrain' });
  const thick = Math.max(7, half * random.uniform(0.05, 0.12));
  const tone: Rgb = near(
    random,
    random.pick<Rgb>([
      [190, 186, 176],
      [168, 162, 150],
      [150, 140, 120],
    ]),
    0.08,
  );
  const face = crest.map(([x, y]): Point => [x + thick * 0.7, y]);
  const rings = [...ribbon(crest, thick * 0.55), ...ribbon(face, thick)];
  stage.castShadow(rings, random.uniform(3, 12));
  stage.fill(ribbon(face, thick), css([tone[0] * 0.82, tone[1] * 0.82, tone[2] * 0.82]));
  stage.fill(ribbon(crest, thick * 0.55), css(tone));
  stage.line(crest, Math.max(3, thick * 0.3), css([tone[0] * 0.7, tone[1] * 0.7, tone[2] * 0.72]));
  stage.thing({ category: 'dam', rings, kind: 'surface', cuts: 'surface' });
  const gates = 3 + random.integer(6);
  for (let index = 0; index < gates; index++) {
    const y = (index - (gates - 1) / 2) * thick * 0.8;
    stage.fill([rectangle(damX - bow + thick * 0.55, y, thick * 1.1, thick * 0.35)], 'rgba(60,70,74,0.6)');
    if (random.next() < 0.5)
      stage.fill([rectangle(damX - bow + thick * 1.5, y, thick, thick * 0.3)], 'rgba(240,244,244,0.7)');
  }
  const road = roadStyle(stage, 'lane');
  const access = smooth([
    [damX, span * 1.06],
    [damX + half * 0.2, span * 1.3],
    [damX + half * 0.7, span * 1.25],
    [reach, span * 1.5],
  ]);
  drawRoad(stage, access, road);
  drawTraffic(stage, access, road, { spacingM: 70 });
  drawBuilding(stage, {
    x: damX + thick * 3 + 14,
    y: span * 0.42,
    length: random.uniform(16, 34),
    width: random.uniform(10, 16),
    heading: Math.PI / 2,
    heightM: 10,
    roof: random.pick(['flat', 'metal'] as const),
  });
  if (ground !== 'forest') {
    grove.plant(
      scatterTrees(
        stage,
        everything(stage),
        random.uniform(2, 20),
        (x, y) =>
          !contains(shore, x, y) &&
          ribbon(outflow, width * 1.4).every((ring) => !contains(ring, x, y)) &&
          rings.every((ring) => !contains(ring, x, y)) &&
          ribbon(access, 7).every((ring) => !contains(ring, x, y)),
      ),
    );
  }
  const boats = random.integer(4);
  for (let index = 0; index < boats; index++) {
    const [x, y] = [damX - half * random.uniform(0.25, 0.9), random.uniform(-0.5, 0.5) * span];
    if (contains(lake, x, y))
      drawShip(stage, x, y, random.uniform(0, 6.28), {
        kind: random.pick(['motorboat', 'sailing', 'yacht']),
        moving: random.next() < 0.5,
      });
  }
}

/** Lakes and ponds in open country. */
export function lakes({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  const ground = random.pick(['grass', 'meadow', 'sand', 'soil', 'snow'] as const);
  layGround(stage, [ringOf(everything(stage))], ground, {
    label: ground === 'grass' || ground === 'meadow' ? 'grass' : 'land',
  });
  const places: { x: number; y: number; r: number; ring: Ring }[] = [];
  const count = 1 + random.integer(4);
  for (let attempt = 0; attempt < 20 && places.length < count; attempt++) {
    const r = stage.halfM * random.uniform(0.14, count === 1 ? 0.7 : 0.4);
    const [x, y] = [random.uniform(-0.8, 0.8) * stage.halfM, random.uniform(-0.8, 0.8) * stage.halfM];
    if (places.some((place) => Math.hypot(place.x - x, place.y - y) < (place.r + r) * 1.25)) continue;
    const points: Point[] = Array.from({ length: 13 }, (_, index) => {
      const angle = (index / 13) * 2 * Math.PI;
      const reach = r * random.uniform(0.65, 1.1);
      return [x + reach * Math.cos(angle), y + reach * random.uniform(0.75, 1) * Math.sin(angle)];
    });
    const ring = smooth([...points, points[0]], 6);
    places.push({ x, y, r, ring });
    stage.fill(
      [ring.map(([px, py]): Point => [x + (px - x) * 1.06, y + (py - y) * 1.06])],
      css(near(random, [132, 122, 92], 0.2), 0.85),
    );
    layGround(stage, [ring], 'water', { label: 'lake', variant: random.integer(2) });
  }
  const open = (x: number, y: number, marginM: number): boolean =>
    places.every((place) => Math.hypot(place.x - x, place.y - y) > place.r * 1.15 + marginM);
  const roadY = random.uniform(-0.9, 0.9) * stage.halfM;
  const style = roadStyle(stage, random.pick(['lane', 'street'] as const));
  if ([-1, -0.7, -0.4, -0.1, 0.2, 0.5, 0.8, 1].every((t) => open(t * stage.reachM, roadY, style.widthM))) {
    const line: Point[] = [
      [-stage.reachM * 1.1, roadY],
      [stage.reachM * 1.1, roadY],
    ];
    drawRoad(stage, line, style);
    drawTraffic(stage, line, style, { spacingM: 60 });
  }
  const quarter = createQuarter(stage, grove, 'grass');
  for (let index = 0; index < 3; index++) {
    const [x, y] = [random.uniform(-1, 1) * stage.halfM, random.uniform(-1, 1) * stage.halfM];
    if (open(x, y, 60) && Math.abs(y - roadY) > 50)
      fillBlock(
        stage,
        quarter,
        { x0: x - 40, x1: x + 40, y0: y - 32, y1: y + 32 },
        random.pick(['houses', 'courts', 'park', 'parking']),
      );
  }
  grove.plant(
    scatterTrees(
      stage,
      everything(stage),
      random.uniform(2, 40),
      (x, y) => open(x, y, 3) && Math.abs(y - roadY) > style.widthM,
    ),
  );
  for (const { x, y, r } of places) {
    if (random.next() < 0.5)
      drawShip(stage, x + random.uniform(-0.3, 0.3) * r, y + random.uniform(-0.3, 0.3) * r, random.uniform(0, 6.28), {
        kind: random.pick(['motorboat', 'sailing']),
      });
  }
}
