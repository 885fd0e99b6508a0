import { fillBlock } from './blocks.js';
import { drawBuilding } from './buildings.js';
import { type Point, ribbon, smooth } from './geometry.js';
import { everything, layGround, ringOf } from './ground.js';
import { drawHall } from './halls.js';
import { drawParking } from './parking.js';
import { createQuarter } from './quarter.js';
import { drawBallast, drawTrack, drawTrain } from './rail.js';
import { drawBridge, drawRoad, drawRoundabout, drawTraffic, roadStyle } from './roads.js';
import type { LayoutInput } from './themes.js';
import { scatterTrees } from './trees.js';

/** A rail yard or station: parallel tracks, trains, platforms, sheds, a road beside. */
export function railYard({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  layGround(
    stage,
    [ringOf(everything(stage))],
    random.pick(['meadow', 'grass', 'soil', 'gravel', 'concrete'] as const),
  );
  const tracks = 2 + random.integer(stage.halfM > 70 ? 12 : 6);
  const pitch = random.uniform(4.6, 6);
  const centre = random.uniform(-0.35, 0.35) * stage.halfM;
  const curve = random.next() < 0.5 ? random.uniform(-0.35, 0.35) * stage.halfM : 0;
  const reach = stage.reachM * 1.1;
  const bend = (offset: number): Point[] =>
    smooth(
      [
        [-reach, centre + offset + curve],
        [-reach / 3, centre + offset + curve * 0.15],
        [reach / 3, centre + offset + curve * 0.15],
        [reach, centre + offset + curve],
      ],
      12,
    );
  const band = tracks * pitch;
  drawBallast(stage, bend(0), band + 6);
  const platform = random.next() < 0.45 ? 1 + random.integer(Math.max(1, tracks - 2)) : -1;
  const quarter = createQuarter(stage, grove, 'meadow');
  // A road bridge over the tracks or beside them.
  const roadY = band / 2 + Math.abs(curve) + random.uniform(12, 26);
  const side = random.pick([-1, 1]);
  const style = roadStyle(stage, random.pick(['street', 'avenue'] as const));
  const road: Point[] = bend(side * roadY);
  drawRoad(stage, road, style);
  const lines: { line: Point[]; index: number }[] = [];
  for (let index = 0; index < tracks; index++) {
    const line = bend((index - (tracks - 1) / 2) * pitch);
    if (index === platform && curve === 0) {
      stage.fill(ribbon(line, pitch * 0.8), stage.material('concrete', 1));
      stage.cover(ribbon(line, pitch * 0.8));
      continue;
    }
    drawTrack(stage, line);
    lines.push({ line, index });
  }
  const busy = random.uniform(0.25, 0.8);
  for (const { line } of lines) {
    if (random.next() > busy) continue;
    let at = random.uniform(0, stage.halfM);
    for (let train = 0; train < 2; train++) {
      const cars = 2 + random.integer(10);
      drawTrain(stage, line, at, cars);
      at += cars * 26 + random.uniform(30, 120);
    }
  }
  for (const where of [-side, side]) {
    for (let x = -stage.reachM; x < stage.reachM; x += 96) {
      const near = where === side ? roadY + style.widthM / 2 + 6 : band / 2 + Math.abs(curve) + 8;
      const [y0, y1] = where > 0 ? [centre + near, centre + near + 70] : [centre - near - 70, centre - near];
      fillBlock(
        stage,
        quarter,
        { x0: x, x1: x + 88, y0, y1 },
        random.pick(['halls', 'halls', 'houses', 'slabs', 'parking', 'waste', 'containers', 'commerce', 'depot']),
      );
    }
  }
  drawTraffic(stage, road, style, { spacingM: random.uniform(14, 50) });
  if (platform >= 0 && curve === 0) {
    drawBuilding(stage, {
      x: random.uniform(-0.4, 0.4) * stage.halfM,
      y: centre + (platform - (tracks - 1) / 2) * pitch,
      length: random.uniform(30, 80),
      width: pitch * 0.7,
      heading: 0,
      heightM: 5,
      roof: 'metal',
    });
  }
  if (random.next() < 0.3) {
    const x = random.uniform(-0.6, 0.6) * stage.halfM;
    const bridge: Point[] = [
      [x, centre - band / 2 - 30],
      [x, centre + band / 2 + 30],
    ];
    drawBridge(stage, bridge, roadStyle(stage, 'street'), 7);
    drawTraffic(stage, bridge, style, { spacingM: 20 });
  }
}

/** A motorway with its verges, an overpass, traffic and lorries. */
export function motorway({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  const ground = random.pick(['grass', 'grass', 'meadow', 'soil', 'sand', 'forest'] as const);
  layGround(stage, [ringOf(everything(stage))], ground);
  const reach = stage.reachM * 1.1;
  const curve = random.next() < 0.5 ? random.uniform(-0.5, 0.5) * stage.halfM : 0;
  const shift = random.uniform(-0.4, 0.4) * stage.halfM;
  const main = smooth(
    [
      [-reach, shift + curve],
      [-reach / 3, shift + curve * 0.1],
      [reach / 3, shift + curve * 0.1],
      [reach, shift + curve],
    ],
    12,
  );
  const style = roadStyle(stage, 'highway');
  drawRoad(stage, main, style);
  if (random.next() < 0.5) {
    const service = main.map(([x, y]): Point => [x, y + style.widthM / 2 + 16]);
    const lane = roadStyle(stage, 'street');
    drawRoad(stage, service, lane);
    drawTraffic(stage, service, lane, { spacingM: 40 });
  }
  drawTraffic(stage, main, style, { spacingM: random.uniform(12, 60), heavy: random.uniform(0.05, 0.35) });
  const over = random.next() < 0.55;
  const quarter = createQuarter(stage, grove, ground === 'sand' ? 'sand' : 'grass');
  const x0 = random.uniform(-0.5, 0.5) * stage.halfM;
  const slant = random.uniform(-0.4, 0.4);
  const sideRoad = roadStyle(stage, random.pick(['street', 'avenue'] as const));
  const at = (y: number): Point => [x0 + (y - shift) * slant, y];
  const clearM = style.widthM / 2 + Math.abs(curve) + 40;
  if (over) drawRoad(stage, [at(-reach), at(reach)], sideRoad);
  for (const side of [-1, 1]) {
    for (let x = -stage.reachM; x < stage.reachM; x += 100) {
      const [y0, y1] = side > 0 ? [shift + clearM, shift + clearM + 95] : [shift - clearM - 95, shift - clearM];
      if (over && Math.abs(x + 46 - at((y0 + y1) / 2)[0]) < 46 + 24 + Math.abs(slant) * 60) continue;
      if (random.next() < 0.6)
        fillBlock(
          stage,
          quarter,
          { x0: x, x1: x + 92, y0, y1 },
          random.pick(['houses', 'halls', 'commerce', 'depot', 'wood', 'waste', 'parking', 'park', 'slabs']),
        );
    }
  }
  if (over) {
    drawBridge(stage, [at(shift - style.widthM / 2 - 18), at(shift + style.widthM / 2 + 18)], sideRoad, 7);
    drawTraffic(stage, [at(-reach), at(reach)], sideRoad, { spacingM: random.uniform(14, 50) });
  }
  if (ground !== 'forest') {
    grove.plant(
      scatterTrees(
        stage,
        everything(stage),
        random.uniform(1, 14),
        (x, y) =>
          Math.abs(y - shift) < clearM &&
          Math.abs(y - shift) > style.widthM / 2 + Math.abs(curve) + 30 &&
          (!over || Math.abs(x - at(y)[0]) > sideRoad.widthM),
      ),
    );
  }
}

/** A roundabout where roads meet, with what surrounds it. */
export function roundabout({ stage, grove }: LayoutInput): void {
  const { random } = stage;
  const ground = random.pick(['grass', 'grass', 'meadow', 'soil', 'sand'] as const);
  layGround(stage, [ringOf(everything(stage))], ground);
  const [cx, cy] = [random.uniform(-0.4, 0.4) * stage.halfM, random.uniform(-0.4, 0.4) * stage.halfM];
  const arms = 3 + random.integer(3);
  const turn = random.uniform(0, 1);
  const styles = Array.from({ length: arms }, () =>
    roadStyle(stage, random.pick(['street', 'avenue', 'street'] as const)),
  );
  const lines = styles.map((_, index): Point[] => {
    const angle = turn + (index / arms) * 2 * Math.PI + random.uniform(-0.15, 0.15);
    const far = stage.reachM * 2.2;
    return smooth(
      [
        [cx, cy],
        [cx + 60 * Math.cos(angle), cy + 60 * Math.sin(angle)],
        [cx + far * Math.cos(angle + random.uniform(-0.12, 0.12)), cy + far * Math.sin(angle)],
      ],
      10,
    );
  });
  lines.forEach((line, index) => {
    drawRoad(stage, line, { ...styles[index], medianM: 0 });
  });
  const outer = drawRoundabout(stage, cx, cy, styles[0]);
  lines.forEach((line, index) => {
    drawTraffic(
      stage,
      line,
      { ...styles[index], medianM: 0 },
      { spacingM: random.uniform(16, 60), free: [[0, outer + 4]] },
    );
  });
  const quarter = createQuarter(stage, grove, ground === 'sand' ? 'sand' : 'grass');
  const off = (x: number, y: number, marginM: number): boolean =>
    lines.every((line) => line.every(([lx, ly]) => Math.hypot(lx - x, ly - y) > marginM)) &&
    Math.hypot(x - cx, y - cy) > outer + marginM;
  for (let attempt = 0, placed = 0; attempt < 40 && placed < 5; attempt++) {
    const [x, y] = [random.uniform(-1, 1) * stage.reachM, random.uniform(-1, 1) * stage.reachM];
    if (!off(x, y, 52)) continue;
    placed++;
    const box = { x0: x - 34, x1: x + 34, y0: y - 26, y1: y + 26 };
    const what = random.next();
    if (what < 0.3) drawHall(stage, box, 8);
    else if (what < 0.5) drawParking(stage, box, 0.6);
    else fillBlock(stage, quarter, box, random.pick(['houses', 'park', 'commerce', 'courts']));
  }
  grove.plant(scatterTrees(stage, everything(stage), random.uniform(2, 24), (x, y) => off(x, y, 12)));
}
