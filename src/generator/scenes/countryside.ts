import { fillBlock } from './blocks.js';
import { drawHouse } from './buildings.js';
import { drawPylon, drawWindTurbine, drawWire } from './energy.js';
import { type Point, ribbon, smooth } from './geometry.js';
import { type Box, divide, everything, inset, layGround, middleOf, ringOf } from './ground.js';
import type { Material } from './materials.js';
import { createQuarter } from './quarter.js';
import { drawRoad, drawTraffic, roadStyle } from './roads.js';
import { drawSolarField } from './solarPanels.js';
import type { Stage } from './stage.js';
import type { LayoutInput } from './themes.js';
import { scatterTrees, treeRow } from './trees.js';
import { edgeOfWood } from './woods.js';

/** A patchwork of fields; returns the fields. */
function layFields(stage: Stage, grove: LayoutInput['grove'], smallestM: number): Box[] {
  const { random } = stage;
  layGround(stage, [ringOf(everything(stage))], random.pick(['meadow', 'grass', 'soil'] as const));
  const fields = divide(stage, everything(stage), smallestM, random.uniform(1.5, 6));
  const hedges = random.next() < 0.5;
  for (const field of fields) {
    const material = random.pick<Material>(['crop', 'crop', 'crop', 'crop', 'soil', 'meadow', 'grass', 'forest']);
    layGround(stage, [ringOf(field)], material, { variant: material === 'crop' ? random.integer(4) : 1 });
    if (material === 'forest') edgeOfWood(stage, grove, field);
    else if (hedges && random.next() < 0.5) {
      grove.plant(treeRow(stage, [field.x0, field.y0], [field.x1, field.y0], random.uniform(4, 10)));
    }
  }
  return fields;
}

/** A winding road across the picture. */
function windingRoad(stage: Stage, bendM: number, angle: number): Point[] {
  const { random } = stage;
  const reach = stage.reachM * 1.1;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const shift = random.uniform(-0.5, 0.5) * stage.halfM;
  const points: Point[] = [-1, -0.5, 0, 0.5, 1].map((t) => {
    const [u, v] = [t * reach, shift + random.uniform(-1, 1) * bendM];
    return [u * c - v * s, u * s + v * c];
  });
  return smooth(points, 10);
}

function farmstead(stage: Stage, grove: LayoutInput['grove'], x: number, y: number): void {
  const { random } = stage;
  const count = 2 + random.integer(4);
  for (let index = 0; index < count; index++) {
    const angle = (index / count) * 6.28 + random.uniform(0, 0.6);
    const r = random.uniform(16, 34);
    drawHouse(
      stage,
      x + r * Math.cos(angle),
      y + r * Math.sin(angle),
      random.pick([0, Math.PI / 2]) + random.uniform(-0.1, 0.1),
      { lengthM: [12, 34], roofs: ['metal', 'gable', 'gable', 'rusty'], winged: 0.1 },
    );
  }
  grove.plant(
    scatterTrees(
      stage,
      { x0: x - 50, x1: x + 50, y0: y - 50, y1: y + 50 },
      20,
      (tx, ty) => Math.hypot(tx - x, ty - y) > 44,
    ),
  );
}

/** Fields with a road, farms, and a line of pylons now and then. */
export function farmland({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  layFields(stage, grove, stage.halfM * random.uniform(0.2, 0.5));
  if (random.next() < 0.8) {
    const style = roadStyle(stage, random.pick(['lane', 'street'] as const));
    const line = windingRoad(stage, stage.halfM * 0.15, random.uniform(0, 3));
    drawRoad(stage, line, style);
    drawTraffic(stage, line, style, { spacingM: 90, heavy: 0.15 });
  }
  const farms = random.integer(3);
  for (let index = 0; index < farms; index++)
    farmstead(stage, grove, random.uniform(-1, 1) * stage.halfM, random.uniform(-1, 1) * stage.halfM);
  if (random.next() < 0.5) powerLine(stage);
}

/** Wind turbines over fields, hills or dry ground. */
export function windFarm({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  const ground = random.next();
  if (ground < 0.6) layFields(stage, grove, stage.halfM * random.uniform(0.3, 0.6));
  else
    layGround(
      stage,
      [ringOf(everything(stage))],
      random.pick(['soil', 'meadow', 'rock', 'grass', 'sand', 'snow'] as const),
    );
  const heading = random.uniform(0, 6.28);
  const heightM = random.uniform(60, 115);
  const spacing = Math.max(heightM * random.uniform(1.6, 3), stage.halfM * 0.5);
  const style = roadStyle(stage, 'lane');
  const roads: Point[][] = [];
  for (let y = -stage.halfM + random.uniform(0, spacing); y < stage.halfM; y += spacing) {
    const line: Point[] = smooth([
      [-stage.reachM, y + 8],
      [0, y + random.uniform(6, 24)],
      [stage.reachM, y + 8],
    ]);
    roads.push(line);
    drawRoad(stage, line, { ...style, paved: false, markings: 'none' });
    for (let x = -stage.halfM + random.uniform(0, spacing); x < stage.halfM; x += spacing * random.uniform(0.9, 1.3)) {
      stage.fill(
        ribbon(
          [
            [x, y],
            [x, y + 14],
          ],
          5,
        ),
        stage.material('soil', 3),
      );
      drawWindTurbine(
        stage,
        x + random.uniform(-10, 10),
        y + random.uniform(-6, 6),
        heightM * random.uniform(0.95, 1.05),
        heading + random.uniform(-0.15, 0.15),
      );
    }
  }
  if (random.next() < 0.3)
    farmstead(stage, grove, random.uniform(-1, 1) * stage.halfM, random.uniform(-1, 1) * stage.halfM);
  for (const line of roads) drawTraffic(stage, line, style, { spacingM: 200 });
}

/** A transmission line across the picture. */
export function powerLine(stage: Stage): void {
  const { random } = stage;
  const angle = random.uniform(0, Math.PI);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const spacing = Math.max(45, stage.halfM * random.uniform(0.5, 0.9));
  const lines = 1 + random.integer(2);
  const heightM = random.uniform(22, 48);
  for (let index = 0; index < lines; index++) {
    const side = random.uniform(-0.4, 0.4) * stage.halfM + index * random.uniform(30, 60);
    let before: Point[] = [];
    for (let at = -stage.reachM - spacing; at < stage.reachM + spacing; at += spacing) {
      const [x, y] = [at * c - side * s, at * s + side * c];
      const tips = drawPylon(
        stage,
        x + random.uniform(-3, 3),
        y + random.uniform(-3, 3),
        angle,
        heightM * random.uniform(0.9, 1.1),
      );
      tips.forEach((tip, arm) => {
        if (before[arm]) drawWire(stage, before[arm], tip);
      });
      before = tips;
    }
  }
}

/** Pylons over open land, wood or a village's edge. */
export function pylons({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  if (random.next() < 0.5) layFields(stage, grove, stage.halfM * random.uniform(0.3, 0.7));
  else {
    layGround(stage, [ringOf(everything(stage))], random.pick(['meadow', 'grass', 'soil', 'forest', 'rock'] as const));
    grove.plant(scatterTrees(stage, everything(stage), random.uniform(2, 30)));
  }
  const style = roadStyle(stage, random.pick(['lane', 'street'] as const));
  const line = windingRoad(stage, stage.halfM * 0.2, random.uniform(0, 3));
  drawRoad(stage, line, style);
  drawTraffic(stage, line, style, { spacingM: 60 });
  powerLine(stage);
}

/** A field of photovoltaic tables, with its service buildings. */
export function solarFarm({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  layGround(stage, [ringOf(everything(stage))], random.pick(['meadow', 'grass', 'soil', 'sand'] as const));
  const parts = divide(stage, everything(stage), stage.halfM * random.uniform(0.5, 1), random.uniform(8, 24));
  const road = roadStyle(stage, 'lane');
  for (const part of parts) {
    const what = random.next();
    if (what < 0.72) drawSolarField(stage, inset(part, random.uniform(4, 10)));
    else if (what < 0.86) {
      layGround(stage, [ringOf(part)], 'forest');
      edgeOfWood(stage, grove, part);
    } else {
      const [x, y] = middleOf(part);
      const quarter = createQuarter(stage, grove, 'grass');
      fillBlock(stage, quarter, { x0: x - 20, x1: x + 20, y0: y - 14, y1: y + 14 }, 'halls');
    }
  }
  const line = windingRoad(stage, 10, random.pick([0, Math.PI / 2]));
  if (random.next() < 0.5) {
    drawRoad(stage, line, road);
    drawTraffic(stage, line, road, { spacingM: 120 });
  }
  if (random.next() < 0.2) powerLine(stage);
}
