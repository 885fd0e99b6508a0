import { type AirplaneKind, airplaneLengthM, drawAirplane } from './airplanes.js';
import { fillBlock } from './blocks.js';
import { drawBuilding } from './buildings.js';
import { css, near, type Rgb, weighted } from './colour.js';
import { type Point, rectangle, ribbon, smooth } from './geometry.js';
import { type Box, everything, layGround, ringOf } from './ground.js';
import { drawHall } from './halls.js';
import { drawParking } from './parking.js';
import { createQuarter } from './quarter.js';
import { drawRoad, drawTraffic, roadStyle } from './roads.js';
import type { Stage } from './stage.js';
import type { LayoutInput } from './themes.js';
import { drawVehicle } from './vehicles.js';

const chalk = 'rgba(236,236,230,0.9)';
const yellow = 'rgba(226,186,60,0.85)';

/** Where a runway starts: beyond the picture, or inside it. */
function runwayStart(stage: Stage): number {
  const { random, reachM } = stage;
  return random.next() < 0.5 ? random.uniform(-0.8, 0.1) * stage.halfM : -reachM * 1.2;
}

/** A runway along x from x0 with its markings; marked as `airplaneroad`. */
function drawRunway(stage: Stage, x0: number, y: number, widthM: number, surface: number): void {
  const { random } = stage;
  const reach = stage.reachM;
  const x1 = reach * 1.2;
  const outline = rectangle((x0 + x1) / 2, y, x1 - x0, widthM);
  stage.fill([rectangle((x0 + x1) / 2 - 4, y, x1 - x0 + 8, widthM + 14)], stage.material('asphalt', 3));
  stage.fill([outline], stage.material(surface === 0 ? 'asphalt' : 'apron', surface));
  stage.thing({ category: 'airplaneroad', rings: [outline], heading: 0, kind: 'surface', cuts: 'terrain' });
  // Rubber where wheels touch down.
  for (let index = 0; index < 30; index++) {
    const x = random.uniform(x0, x1);
    const long = random.uniform(20, 90);
    stage.line(
      [
        [x, y + random.normal() * widthM * 0.09],
        [x + long, y + random.normal() * widthM * 0.09],
      ],
      random.uniform(0.6, 2.4),
      'rgba(26,26,28,0.12)',
    );
  }
  stage.line(
    [
      [x0, y],
      [x1, y],
    ],
    0.9,
    chalk,
    { dash: [30, 20] },
  );
  for (const side of [-1, 1])
    stage.line(
      [
        [x0, y + side * (widthM / 2 - 1.6)],
        [x1, y + side * (widthM / 2 - 1.6)],
      ],
      0.9,
      chalk,
    );
  if (x0 > -reach) {
    const stripes = Math.floor(widthM / 3.6);
    for (let index = 0; index < stripes; index++) {
      if (index === Math.floor(stripes / 2)) continue;
      stage.fill([rectangle(x0 + 22, y - widthM / 2 + (widthM * (index + 0.5)) / stripes, 30, 1.8)], chalk);
    }
    for (const side of [-1, 1]) {
      stage.fill([rectangle(x0 + 300, y + side * widthM * 0.22, 45, widthM * 0.14)], chalk);
      stage.fill([rectangle(x0 + 62, y + side * 3, 9, 2)], chalk);
      for (const at of [150, 170, 190]) stage.fill([rectangle(x0 + at, y + side * widthM * 0.2, 22, 1.8)], chalk);
    }
  }
}

/** A taxiway along a line with its yellow centre line; marked as `airplaneroad`. */
function drawTaxiway(stage: Stage, line: readonly Point[], widthM: number, variant: number): void {
  const rings = ribbon(line, widthM);
  stage.fill(ribbon(line, widthM + 8), stage.material('asphalt', 3));
  stage.fill(rings, stage.material('apron', variant));
  stage.thing({ category: 'airplaneroad', rings, kind: 'surface', cuts: 'terrain' });
  stage.line(line, 0.35, yellow, { minPx: 0.7 });
}

/** Runway, taxiways, apron with stands, terminal and what lies behind it. */
export function airport({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  const dry = random.next() < 0.25;
  layGround(
    stage,
    [ringOf(everything(stage))],
    dry ? random.pick(['sand', 'soil', 'meadow'] as const) : random.pick(['grass', 'grass', 'meadow'] as const),
    { label: dry ? undefined : 'grass' },
  );
  const surface = random.integer(2);
  const wide = stage.halfM > 150;
  const runwayY = random.uniform(-0.75, -0.3) * stage.halfM;
  const runwayM = random.uniform(36, 60);
  const taxiY = runwayY + runwayM / 2 + random.uniform(30, 90);
  const taxiM = random.uniform(16, 26);
  const apronY = taxiY + taxiM / 2 + random.uniform(6, 40);
  if (wide || random.next() < 0.4) {
    const startX = runwayStart(stage);
    const onRunway = (): number =>
      random.uniform(Math.max(-0.85 * stage.halfM, startX + 40), Math.max(0.85 * stage.halfM, startX + 60));
    // Links first: runway and taxiway lie over their ends.
    const links = 1 + random.integer(3);
    for (let index = 0; index < links; index++) {
      const x = onRunway();
      const bend = random.pick([0, 1, -1]) * random.uniform(20, 70);
      const line = smooth([
        [x, runwayY + runwayM / 2 - 2],
        [x + bend * 0.3, (runwayY + taxiY) / 2],
        [x + bend, taxiY],
      ]);
      drawTaxiway(stage, line, taxiM, surface);
    }
    drawRunway(stage, startX, runwayY, runwayM, surface);
    drawTaxiway(
      stage,
      [
        [-stage.reachM, taxiY],
        [stage.reachM, taxiY],
      ],
      taxiM,
      surface,
    );
    if (random.next() < 0.35)
      drawAirplane(
        stage,
        onRunway(),
        runwayY,
        random.pick([0, Math.PI]),
        random.pick(['airliner', 'airliner', 'business', 'propeller', 'light'] as const),
      );
    if (random.next() < 0.5)
      drawAirplane(
        stage,
        random.uniform(-0.8, 0.8) * stage.halfM,
        taxiY,
        random.pick([0, Math.PI]),
        random.pick(['airliner', 'airliner', 'business', 'propeller'] as const),
      );
    drawApron(stage, { x0: -stage.reachM, x1: stage.reachM, y0: apronY, y1: stage.reachM }, grove, surface);
  } else {
    drawApron(
      stage,
      { x0: -stage.reachM, x1: stage.reachM, y0: random.uniform(-1, -0.3) * stage.halfM, y1: stage.reachM },
      grove,
      surface,
    );
  }
}

/** An apron from the taxiway to the terminal, with stands. */
function drawApron(stage: Stage, area: Box, grove: LayoutInput['grove'], surface: number): void {
  const { random } = stage;
  const kind = weighted<AirplaneKind>(random, [
    ['airliner', 10],
    ['business', 2],
    ['light', 3],
    ['propeller', 1],
    ['fighter', 2],
    ['bomber', 1],
  ]);
  const kinds: AirplaneKind[] =
    random.next() < 0.6
      ? [kind]
      : kind === 'airliner' || kind === 'propeller'
        ? ['airliner', 'business', 'propeller']
        : ['light', 'business', 'light', 'propeller'];
  const typical = Math.max(...kinds.map((one) => airplaneLengthM(stage, one))) * 1.05;
  const rows = kind === 'light' || kind === 'fighter' ? 1 + random.integer(3) : 1 + random.integer(2);
  const depth = rows * typical * 1.5 + typical;
  const apron: Box = { x0: area.x0, x1: area.x1, y0: area.y0, y1: area.y0 + depth };
  const cover = ringOf(apron);
  stage.fill([cover], stage.material('apron', 2 + surface));
  stage.cover([cover]);
  slabs(stage, apron);
  const pitch = typical * random.uniform(1.12, 1.5);
  const occupancy = random.uniform(0.4, 0.95);
  const noseIn = random.next() < 0.8;
  const slant = random.next() < 0.25 ? random.uniform(-0.6, 0.6) : 0;
  for (let row = 0; row < rows; row++) {
    const y = apron.y1 - typical * 0.62 - row * typical * 1.5;
    stage.line(
      [
        [apron.x0, y - typical * 0.75],
        [apron.x1, y - typical * 0.75],
      ],
      0.3,
      yellow,
      { minPx: 0.6 },
    );
    for (let x = apron.x0 + random.uniform(0, pitch); x < apron.x1; x += pitch) {
      const heading = (noseIn ? Math.PI / 2 : -Math.PI / 2) + slant;
      const stop: Point = [x, y + typical * 0.45];
      stage.line(smooth([[x - typical * 0.4, y - typical * 0.75], [x, y - typical * 0.4], stop]), 0.3, yellow, {
        minPx: 0.6,
      });
      if (random.next() > occupancy) continue;
      const one = random.pick(kinds);
      drawAirplane(
        stage,
        x + random.uniform(-1, 1),
        y + random.uniform(-0.05, 0.05) * typical,
        heading + random.uniform(-0.05, 0.05),
        one,
        Math.min(typical, airplaneLengthM(stage, one)),
      );
      const vehicles = one === 'airliner' ? random.integer(4) : 0;
      for (let index = 0; index < vehicles; index++) {
        const angle = random.uniform(0, 6.28);
        const r = typical * random.uniform(0.42, 0.56);
        drawVehicle(stage, x + r * Math.cos(angle), y + r * Math.sin(angle), random.uniform(0, 6.28), {
          kind: random.pick(['truck', 'van', 'van', 'pickup', 'bus']),
          colour: random.pick(['white', 'white', 'yellow', 'grey', 'blue']),
        });
      }
      if (row === 0 && one === 'airliner' && random.next() < 0.7)
        jetBridge(stage, x + typical * 0.08, y + typical * 0.3, x + typical * random.uniform(0.2, 0.4), apron.y1 + 4);
    }
  }
  behindApron(stage, { ...area, y0: apron.y1 }, grove, kind);
}

/** Joints between concrete slabs. */
function slabs(stage: Stage, box: Box): void {
  if (stage.gsdM > 0.55) return;
  const step = 7.5;
  for (let x = box.x0; x < box.x1; x += step)
    stage.line(
      [
        [x, box.y0],
        [x, box.y1],
      ],
      0.12,
      'rgba(60,58,54,0.22)',
      { minPx: 0.4 },
    );
  for (let y = box.y0; y < box.y1; y += step)
    stage.line(
      [
        [box.x0, y],
        [box.x1, y],
      ],
      0.12,
      'rgba(60,58,54,0.22)',
      { minPx: 0.4 },
    );
}

function jetBridge(stage: Stage, x0: number, y0: number, x1: number, y1: number): void {
  const rings = ribbon(
    [
      [x0, y0],
      [x1, (y0 + y1) / 2 + 4],
      [x1, y1],
    ],
    3.4,
  );
  const tone: Rgb = near(stage.random, [176, 178, 180], 0.15);
  stage.tall({
    x: x0,
    y: y0,
    shadow: rings.map((ring) => ({ ring, fromM: 4, heightM: 4.5 })),
    draw() {
      stage.fill(rings, css(tone));
      stage.line(
        [
          [x0, y0],
          [x1, (y0 + y1) / 2 + 4],
          [x1, y1],
        ],
        0.4,
        'rgba(90,94,98,0.6)',
      );
      stage.cover(rings);
    },
  });
}

function behindApron(stage: Stage, area: Box, grove: LayoutInput['grove'], kind: AirplaneKind): void {
  const { random } = stage;
  if (area.y0 > stage.reachM) return;
  const civil = kind === 'airliner' || kind === 'propeller';
  if (civil) {
    const depth = random.uniform(24, 50);
    for (let x = area.x0 + random.uniform(-60, 10); x < area.x1; ) {
      const length = random.uniform(70, 190);
      drawBuilding(stage, {
        x: x + length / 2,
        y: area.y0 + 3 + depth / 2,
        length,
        width: depth,
        heading: 0,
        heightM: random.uniform(9, 18),
        roof: random.pick(['flat', 'flat', 'metal'] as const),
        shape: random.next() < 0.25 ? 'T' : 'rectangle',
      });
      x += length + random.uniform(2, 30);
    }
    const roadY = area.y0 + depth + 16;
    const road = roadStyle(stage, 'avenue');
    const line: Point[] = [
      [area.x0, roadY],
      [area.x1, roadY],
    ];
    if (roadY < stage.reachM) {
      drawRoad(stage, line, road);
      drawTraffic(stage, line, road, { spacingM: 25 });
      for (let x = area.x0; x < area.x1; x += 130) {
        drawParking(
          stage,
          { x0: x, x1: x + 120, y0: roadY + road.widthM / 2 + 6, y1: roadY + road.widthM / 2 + 66 },
          random.uniform(0.4, 1),
        );
      }
    }
    return;
  }
  const quarter = createQuarter(stage, grove, 'grass');
  for (let x = area.x0; x < area.x1; x += 74) {
    const what = random.next();
    const box = { x0: x, x1: x + 62, y0: area.y0 + 4, y1: area.y0 + random.uniform(34, 60) };
    if (what < 0.6) drawHall(stage, box, random.uniform(7, 13));
    else fillBlock(stage, quarter, box, random.pick(['parking', 'waste', 'waste', 'park']));
  }
}
