import { drawBuilding, drawHouse, type HouseStyle, houseStyle, type RoofKind } from './buildings.js';
import { css, near, type Rgb } from './colour.js';
import { drawContainerBlock } from './containers.js';
import {
  courtSurface,
  drawBadmintonCourt,
  drawBaseballCourt,
  drawBasketballCourt,
  drawFootballCourt,
  drawGrandstand,
  drawRugbyCourt,
  drawTennisCourt,
  drawTrackField,
} from './courts.js';
import { drawChimney, drawPlume } from './energy.js';
import { ellipse, type Point, rectangle, ribbon, smooth, smoothRing } from './geometry.js';
import { type Box, divide, heightOf, inset, layGround, middleOf, ringOf, seesBox, widthOf } from './ground.js';
import { drawDigger, drawTowerCrane } from './machinery.js';
import { drawParking } from './parking.js';
import { drawPool } from './pools.js';
import { drawPanelTable, drawSolarField, panelPaint } from './solarPanels.js';
import type { Stage } from './stage.js';
import { drawStorageTank } from './storageTanks.js';
import { type Grove, scatterTrees, treeRow } from './trees.js';
import { drawVehicle } from './vehicles.js';

/** What the blocks of one scene share. */
export interface Quarter {
  readonly grove: Grove;
  readonly houses: HouseStyle;
  readonly treesPerHectare: number;
  readonly lawn: 'grass' | 'meadow' | 'soil' | 'sand';
  readonly pools: number;
  readonly wealth: number;
}

export function createQuarter(stage: Stage, grove: Grove, lawn: Quarter['lawn']): Quarter {
  const { random } = stage;
  return {
    grove,
    houses: houseStyle(stage),
    treesPerHectare: lawn === 'sand' ? random.uniform(0, 8) : random.uniform(4, 46),
    lawn,
    pools: random.next() < 0.5 ? random.uniform(0.05, 0.6) : 0,
    wealth: random.next(),
  };
}

export type BlockKind =
  | 'houses'
  | 'shacks'
  | 'slabs'
  | 'towers'
  | 'commerce'
  | 'park'
  | 'sports'
  | 'courts'
  | 'parking'
  | 'halls'
  | 'tanks'
  | 'containers'
  | 'site'
  | 'solar'
  | 'wood'
  | 'school'
  | 'plant'
  | 'depot'
  | 'waste'
  | 'baths';

/** Fills a block between roads. */
export function fillBlock(stage: Stage, quarter: Quarter, box: Box, kind: BlockKind): void {
  if (!seesBox(stage, box) || widthOf(box) < 8 || heightOf(box) < 8) return;
  fillers[kind](stage, quarter, box);
}

/** Trees of a block, away from boxes that are built up. */
function gardenTrees(stage: Stage, quarter: Quarter, box: Box, built: readonly Box[], factor = 1): void {
  const trees = scatterTrees(
    stage,
    inset(box, 1.5),
    quarter.treesPerHectare * factor,
    (x, y) => !built.some((one) => x > one.x0 - 1 && x < one.x1 + 1 && y > one.y0 - 1 && y < one.y1 + 1),
  );
  quarter.grove.plant(trees.map((tree) => ({ ...tree, radiusM: tree.radiusM * 0.8 })));
}

const fillers: Record<BlockKind, (stage: Stage, quarter: Quarter, box: Box) => void> = {
  houses(stage, quarter, box) {
    const { random } = stage;
    if (quarter.lawn !== 'grass') layGround(stage, [ringOf(box)], quarter.lawn, { variant: 1 });
    const alongX = widthOf(box) > heightOf(box);
    const [length, depth] = alongX ? [widthOf(box), heightOf(box)] : [heightOf(box), widthOf(box)];
    const [cx, cy] = middleOf(box);
    const turn = alongX ? 0 : Math.PI / 2;
    const frame = (u: number, v: number): Point => [
      cx + u * Math.cos(turn) - v * Math.sin(turn),
      cy + u * Math.sin(turn) + v * Math.cos(turn),
    ];
    const lotM = quarter.houses.lengthM[1] + random.uniform(0.5, 6);
    const rows = depth > 36 ? [-1, 1] : [1];
    const built: Box[] = [];
    const lots = Math.max(1, Math.floor(length / lotM));
    const setback = random.uniform(4, 9);
    const drives = stage.material('concrete');
    for (const row of rows) {
      for (let lot = 0; lot < lots; lot++) {
        const u = ((lot + 0.5) / lots - 0.5) * length;
        const v = rows.length === 2 ? row * (depth / 2 - setback - 6) : 0;
        if (random.next() < 0.06) continue;
        const [x, y] = frame(u + random.uniform(-1.5, 1.5), v + random.uniform(-1.5, 1.5));
        if (!stage.sees(x, y, 30)) continue;
        // A driveway from the street, often with a car on it.
        const du = u + lotM * 0.36;
        const edge = (row * depth) / 2;
        stage.fill([rectangle(...frame(du, (edge + v) / 2), 3.4, Math.abs(edge - v), turn)], drives);
        if (random.next() < 0.55) {
          const [px, py] = frame(du, edge - row * random.uniform(3, 8));
          drawVehicle(stage, px, py, turn + (random.next() < 0.5 ? 1 : -1) * (Math.PI / 2), {
            kind: random.pick(['car', 'car', 'car', 'pickup', 'van']),
          });
        }
        drawHouse(
          stage,
          x,
          y,
          turn + (random.next() < 0.8 ? 0 : Math.PI / 2) + random.uniform(-0.04, 0.04),
          quarter.houses,
        );
        built.push({ x0: x - 8, y0: y - 8, x1: x + 8, y1: y + 8 });
        if (random.next() < quarter.pools && depth > 40) {
          const [px, py] = frame(u + random.uniform(-3, 3), v - row * random.uniform(11, 14));
          drawPool(stage, px, py, turn + random.pick([0, Math.PI / 2]), random.uniform(6, 11));
          built.push({ x0: px - 7, y0: py - 7, x1: px + 7, y1: py + 7 });
        } else if (random.next() < 0.3) {
          const [px, py] = frame(u - lotM * 0.3, v - row * 12);
          drawBuilding(stage, {
            x: px,
            y: py,
            length: random.uniform(3, 5),
            width: random.uniform(2.4, 3.6),
            heading: turn,
            heightM: 2.4,
            roof: random.pick(['gable', 'metal', 'flat'] as const),
          });
        }
        if (stage.gsdM < 0.35) {
          stage.line(
            [frame(u + lotM / 2, edge), frame(u + lotM / 2, rows.length === 2 ? 0 : -depth / 2)],
            0.25,
            'rgba(96,92,80,0.7)',
            { minPx: 0.5 },
          );
        }
      }
    }
    gardenTrees(stage, quarter, box, built);
  },
  shacks(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'soil', { variant: 1 });
    const pitch = random.uniform(8, 13);
    for (let y = box.y0 + pitch / 2; y < box.y1; y += pitch) {
      for (let x = box.x0 + pitch / 2; x < box.x1; x += pitch * random.uniform(0.9, 1.3)) {
        if (random.next() < 0.14) continue;
        const length = pitch * random.uniform(0.6, 1);
        drawBuilding(stage, {
          x: x + random.uniform(-1, 1),
          y: y + random.uniform(-1, 1),
          length,
          width: Math.min(pitch * 0.86, length * random.uniform(0.55, 0.95)),
          heading: random.uniform(-0.12, 0.12) + random.pick([0, Math.PI / 2]),
          heightM: random.uniform(2.4, 4),
          roof: random.pick(['rusty', 'rusty', 'rusty', 'metal', 'gable'] as const),
        });
      }
    }
    gardenTrees(stage, quarter, box, [], 0.4);
  },
  slabs(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], quarter.lawn === 'sand' ? 'concrete' : 'grass', { variant: 1 });
    const alongX = random.next() < 0.5;
    const slabM = random.uniform(12, 16);
    const height = random.uniform(9, 30);
    const gap = slabM + random.uniform(14, 26);
    const across = alongX ? heightOf(box) : widthOf(box);
    const length = (alongX ? widthOf(box) : heightOf(box)) - random.uniform(8, 16);
    const built: Box[] = [];
    const roof = random.pick<RoofKind>(['flat', 'flat', 'gable', 'hip']);
    for (let at = slabM; at + slabM / 2 < across; at += gap) {
      const [x, y] = alongX ? [middleOf(box)[0], box.y0 + at] : [box.x0 + at, middleOf(box)[1]];
      const parts = length > 70 ? 2 : 1;
      for (let part = 0; part < parts; part++) {
        const partM = length / parts - (parts > 1 ? 6 : 0);
        const shiftM = parts > 1 ? (part - 0.5) * (length / 2) : 0;
        drawBuilding(stage, {
          x: alongX ? x + shiftM : x,
          y: alongX ? y : y + shiftM,
          length: Math.max(12, partM),
          width: slabM,
          heading: alongX ? 0 : Math.PI / 2,
          heightM: height,
          roof,
          shape: random.next() < 0.2 ? 'L' : 'rectangle',
        });
      }
      built.push(
        alongX
          ? { x0: box.x0, x1: box.x1, y0: y - slabM, y1: y + slabM }
          : { y0: box.y0, y1: box.y1, x0: x - slabM, x1: x + slabM },
      );
      if (at + gap * 0.5 < across - 4 && random.next() < 0.7) {
        const lane = at + gap / 2;
        const strip: Box = alongX
          ? { x0: box.x0 + 6, x1: box.x1 - 6, y0: box.y0 + lane - 5.6, y1: box.y0 + lane + 5.6 }
          : { y0: box.y0 + 6, y1: box.y1 - 6, x0: box.x0 + lane - 5.6, x1: box.x0 + lane + 5.6 };
        drawParking(stage, strip, random.uniform(0.3, 0.9));
        built.push(strip);
      }
    }
    gardenTrees(stage, quarter, box, built, 1.2);
  },
  towers(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'concrete', { variant: 1 });
    const parts = divide(stage, inset(box, 2), random.uniform(16, 28), random.uniform(2, 9));
    for (const part of parts) {
      const what = random.next();
      if (what < 0.1) {
        layGround(stage, [ringOf(part)], 'grass', { variant: 1 });
        gardenTrees(stage, quarter, part, [], 1.5);
      } else if (what < 0.18 && widthOf(part) > 18 && heightOf(part) > 18)
        drawParking(stage, part, random.uniform(0.3, 0.95));
      else {
        const [x, y] = middleOf(part);
        drawBuilding(stage, {
          x,
          y,
          length: widthOf(part),
          width: heightOf(part),
          heading: 0,
          heightM: random.next() < 0.3 ? random.uniform(30, 80) : random.uniform(8, 26),
          roof: random.next() < 0.85 ? 'flat' : random.pick(['gable', 'hip', 'metal'] as const),
          shape: random.pick(['rectangle', 'rectangle', 'rectangle', 'L', 'U', 'court', 'T'] as const),
        });
      }
    }
    quarter.grove.plant(treeRow(stage, [box.x0, box.y0 + 1], [box.x1, box.y0 + 1], random.uniform(8, 14)));
  },
  commerce(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'grass', { variant: 0 });
    const hall = random.uniform(0.3, 0.55);
    const split = random.next() < 0.5;
    const part: Box = split
      ? { ...box, x1: box.x0 + widthOf(box) * hall }
      : { ...box, y1: box.y0 + heightOf(box) * hall };
    const lot: Box = split ? { ...box, x0: part.x1 } : { ...box, y0: part.y1 };
    const house = inset(part, 4);
    const [x, y] = middleOf(house);
    drawBuilding(stage, {
      x,
      y,
      length: Math.max(10, widthOf(house)),
      width: Math.max(10, heightOf(house)),
      heading: 0,
      heightM: random.uniform(5, 10),
      roof: random.pick(['flat', 'flat', 'metal'] as const),
      shape: random.next() < 0.3 ? 'L' : 'rectangle',
    });
    drawParking(stage, inset(lot, 2), random.uniform(0.15, 0.95), { grove: quarter.grove });
    gardenTrees(stage, quarter, box, [house, lot], 0.6);
  },
  park(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'grass', { variant: 1 });
    const [cx, cy] = middleOf(box);
    const reach = Math.min(widthOf(box), heightOf(box)) / 2;
    const path = stage.material(random.next() < 0.5 ? 'concrete' : 'gravel');
    for (let index = 0; index < 2; index++) {
      const bend: Point = [cx + random.uniform(-0.5, 0.5) * reach, cy + random.uniform(-0.5, 0.5) * reach];
      const line =
        index === 0
          ? smooth([[box.x0, random.uniform(box.y0, box.y1)], bend, [box.x1, random.uniform(box.y0, box.y1)]])
          : smooth([[random.uniform(box.x0, box.x1), box.y0], bend, [random.uniform(box.x0, box.x1), box.y1]]);
      stage.fill(ribbon(line, random.uniform(1.5, 3)), path);
    }
    const built: Box[] = [];
    if (random.next() < 0.6 && reach > 14) {
      const r = reach * random.uniform(0.3, 0.6);
      drawLake(
        stage,
        cx + random.uniform(-0.3, 0.3) * reach,
        cy + random.uniform(-0.3, 0.3) * reach,
        r,
        r * random.uniform(0.6, 1),
      );
      built.push({ x0: cx - r * 1.3, y0: cy - r * 1.3, x1: cx + r * 1.3, y1: cy + r * 1.3 });
    }
    gardenTrees(stage, quarter, box, built, random.uniform(1, 3));
  },
  sports(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'grass', { variant: 1 });
    packSports(stage, quarter, box, random.uniform(4, 10));
  },
  courts(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], random.next() < 0.7 ? 'grass' : 'concrete', { variant: 1 });
    packCourts(stage, inset(box, 3), random.pick(['tennis', 'basketball', 'badminton', 'mixed', 'mixed'] as const));
    gardenTrees(stage, quarter, { ...box, y1: box.y0 + 4 }, [], 2);
  },
  parking(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'grass', { variant: 1 });
    for (const part of divide(stage, inset(box, 1.5), random.uniform(34, 60), random.uniform(3, 9))) {
      if (random.next() < 0.14) {
        quarter.grove.plant(scatterTrees(stage, part, 60));
      } else drawParking(stage, part, random.uniform(0.1, 1), { grove: quarter.grove });
    }
  },
  depot(stage, _quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'asphalt', { variant: 1 });
    const split = heightOf(box) * random.uniform(0.35, 0.5);
    drawHall(stage, inset({ ...box, y1: box.y0 + split }, 3), random.uniform(7, 13));
    drawParking(stage, inset({ ...box, y0: box.y0 + split + 3 }, 2), random.uniform(0.3, 0.8), { trucks: true });
  },
  halls(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], random.pick(['concrete', 'asphalt', 'soil'] as const), { variant: 1 });
    for (const part of divide(stage, inset(box, 3), random.uniform(26, 44), random.uniform(8, 16))) {
      if (random.next() < 0.14) drawParking(stage, part, random.uniform(0.2, 0.9));
      else if (random.next() < 0.1) yard(stage, part);
      else drawHall(stage, part, random.uniform(6, 14));
    }
    gardenTrees(stage, quarter, { ...box, y1: box.y0 + 3 }, [], 1);
  },
  tanks(stage, _quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], random.pick(['gravel', 'grass', 'soil', 'concrete'] as const), { variant: 1 });
    const radius = random.uniform(4, 22);
    const colourful = random.next() < 0.35;
    const lead = random.pick(['white', 'white', 'grey', 'beige', 'brown'] as const);
    for (const part of divide(
      stage,
      inset(box, 2),
      Math.min(radius * 3.6, Math.min(widthOf(box), heightOf(box)) / 2),
      4,
    )) {
      if (random.next() < 0.6) {
        stage.line(ringOf(inset(part, 1)), 1.6, css(near(random, [158, 146, 124], 0.1)), { closed: true });
      }
      const r = Math.min(radius * random.uniform(0.55, 1.1), widthOf(part) / 2.5, heightOf(part) / 2.5);
      const pitch = r * random.uniform(2.5, 3.1);
      const [nx, ny] = [
        Math.max(1, Math.floor(widthOf(part) / pitch)),
        Math.max(1, Math.floor(heightOf(part) / pitch)),
      ];
      for (let i = 0; i < nx; i++) {
        for (let j = 0; j < ny; j++) {
          if (random.next() < 0.08) continue;
          const x = part.x0 + (widthOf(part) * (i + 0.5)) / nx;
          const y = part.y0 + (heightOf(part) * (j + 0.5)) / ny;
          drawStorageTank(
            stage,
            x,
            y,
            r * random.uniform(0.9, 1.02),
            colourful && random.next() < 0.5 ? undefined : lead,
          );
          stage.line(
            [
              [x, y],
              [x, part.y1],
            ],
            0.5,
            css([150, 148, 142]),
            { minPx: 0.4 },
          );
        }
      }
    }
  },
  containers(stage, _quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'asphalt', { variant: 1 });
    const rows = 2 + random.integer(5);
    const pitch = rows * 2.75 + random.uniform(6, 14);
    for (let y = box.y0 + pitch / 2; y + rows * 1.4 < box.y1; y += pitch) {
      for (let x = box.x0 + 18; x < box.x1 - 14; x += 58) {
        if (random.next() < 0.12) continue;
        const columns = Math.max(1, Math.min(4, Math.floor((box.x1 - x) / 14)));
        drawContainerBlock(stage, x + columns * 6, y, 0, columns, rows);
      }
      if (random.next() < 0.8) {
        drawVehicle(stage, random.uniform(box.x0, box.x1), y + pitch / 2, random.pick([0, Math.PI]), { kind: 'truck' });
      }
    }
  },
  site(stage, _quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'soil', { variant: 2 });
    for (let index = 0; index < 6; index++) {
      const [x, y] = [random.uniform(box.x0, box.x1), random.uniform(box.y0, box.y1)];
      stage.fill(
        [ellipse(x, y, random.uniform(3, 14), random.uniform(2, 8), random.uniform(0, 3))],
        css(near(random, [168, 146, 116], 0.15), 0.5),
      );
    }
    for (let index = 0; index < 4; index++) {
      const line = smooth([
        [box.x0, random.uniform(box.y0, box.y1)],
        [random.uniform(box.x0, box.x1), random.uniform(box.y0, box.y1)],
        [box.x1, random.uniform(box.y0, box.y1)],
      ]);
      for (const offset of [0, 1.8])
        stage.line(
          line.map(([x, y]): Point => [x + offset, y + offset]),
          0.5,
          'rgba(110,92,72,0.4)',
        );
    }
    const [cx, cy] = middleOf(box);
    if (random.next() < 0.75) {
      const shell: Rgb = near(random, [164, 160, 152], 0.1);
      drawBuilding(stage, {
        x: cx,
        y: cy,
        length: widthOf(box) * random.uniform(0.25, 0.5),
        width: heightOf(box) * random.uniform(0.25, 0.5),
        heading: random.uniform(-0.1, 0.1),
        heightM: random.uniform(4, 26),
        roof: 'flat',
        paint: shell,
        shape: random.pick(['rectangle', 'L', 'U', 'court'] as const),
      });
    }
    const spots = random.shuffle(
      [0.15, 0.5, 0.85].flatMap((u) =>
        [0.15, 0.85].map((v): Point => [box.x0 + widthOf(box) * u, box.y0 + heightOf(box) * v]),
      ),
    );
    const cranes = random.next() < 0.55 ? 1 + random.integer(2) : 0;
    for (const [x, y] of spots.slice(0, cranes)) drawTowerCrane(stage, x, y, random.uniform(0, 6.28));
    const diggers = 1 + random.integer(5);
    for (let index = 0; index < diggers; index++) {
      drawDigger(
        stage,
        random.uniform(box.x0 + 4, box.x1 - 4),
        random.uniform(box.y0 + 4, box.y1 - 4),
        random.uniform(0, 6.28),
      );
    }
    for (let index = 0; index < 4; index++) {
      const [x, y] = spots[2 + (index % 4)];
      if (random.next() < 0.6)
        drawContainerBlock(stage, x + random.uniform(-4, 4), y, random.uniform(-0.1, 0.1), 1, 1 + random.integer(3));
      if (random.next() < 0.5)
        drawVehicle(stage, x + 9, y + 6, random.uniform(0, 6.28), { kind: random.pick(['truck', 'van', 'pickup']) });
    }
  },
  solar(stage, _quarter, box) {
    layGround(stage, [ringOf(box)], stage.random.pick(['meadow', 'grass', 'soil'] as const), { variant: 1 });
    drawSolarField(stage, inset(box, 5));
  },
  wood(stage, quarter, box) {
    layGround(stage, [ringOf(box)], 'forest');
    edgeOfWood(stage, quarter.grove, box);
  },
  school(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'grass', { variant: 1 });
    const split = widthOf(box) * random.uniform(0.35, 0.5);
    const house = inset({ ...box, x1: box.x0 + split }, 5);
    const [x, y] = middleOf(house);
    stage.fill([ringOf(house)], stage.material('concrete'));
    drawBuilding(stage, {
      x,
      y,
      length: widthOf(house) * 0.9,
      width: heightOf(house) * 0.7,
      heading: 0,
      heightM: random.uniform(7, 16),
      roof: random.pick(['flat', 'hip', 'gable'] as const),
      shape: random.pick(['U', 'L', 'court', 'cross', 'T'] as const),
    });
    packSports(stage, quarter, { ...box, x0: box.x0 + split }, 4);
    gardenTrees(stage, quarter, { ...box, x1: box.x0 + split }, [house], 1);
  },
  plant(stage, _quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], random.pick(['concrete', 'gravel', 'asphalt'] as const), { variant: 1 });
    const parts = divide(stage, inset(box, 3), random.uniform(24, 40), random.uniform(6, 10));
    parts.forEach((part, index) => {
      const [x, y] = middleOf(part);
      const r = Math.min(widthOf(part), heightOf(part)) / 2;
      const what =
        index < 2 ? 'chimney' : random.pick(['hall', 'hall', 'tank', 'tank', 'chimney', 'pipes', 'cooling'] as const);
      if (what === 'hall') drawHall(stage, part, random.uniform(8, 24));
      else if (what === 'tank') {
        const count = 1 + random.integer(4);
        for (let n = 0; n < count; n++) {
          drawStorageTank(
            stage,
            x + (n % 2 === 0 ? -0.45 : 0.45) * r,
            y + (n < 2 ? -0.45 : 0.45) * r,
            r * random.uniform(0.26, 0.4),
          );
        }
      } else if (what === 'cooling') {
        const radius = Math.min(r * 0.8, 26);
        drawChimney(stage, x, y, radius * random.uniform(1.4, 2.2), radius);
        if (random.next() < 0.5) drawPlume(stage, x, y, random.uniform(0, 6.28), random.uniform(60, 150));
      } else if (what === 'chimney') {
        const height = random.uniform(35, 120);
        drawChimney(stage, x, y, height, random.uniform(2, 5));
        if (random.next() < 0.3)
          drawPlume(stage, ...add([x, y], stage.lean(x, y, height)), random.uniform(0, 6.28), random.uniform(60, 160));
        drawBuilding(stage, {
          x: x + r * 0.55,
          y,
          length: r * 0.8,
          width: r * 1.3,
          heading: 0,
          heightM: random.uniform(6, 18),
          roof: 'flat',
        });
      } else {
        for (let n = 0; n < 8; n++) {
          stage.line(
            [
              [part.x0, part.y0 + (heightOf(part) * (n + 0.5)) / 8],
              [part.x1, part.y0 + (heightOf(part) * (n + 0.5)) / 8],
            ],
            0.6,
            css(near(random, [160, 160, 158], 0.2)),
          );
        }
      }
    });
  },
  waste(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], random.pick(['meadow', 'soil', 'grass', 'mud'] as const), { variant: 2 });
    gardenTrees(stage, quarter, box, [], 0.5);
  },
  baths(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'grass', { variant: 1 });
    const [cx, cy] = middleOf(box);
    const length = Math.min(random.pick([25, 25, 50]), widthOf(box) * 0.6);
    stage.fill(
      [rectangle(cx, cy, length + 24, Math.min(heightOf(box) * 0.8, length * 0.9 + 16))],
      stage.material('concrete'),
    );
    drawPool(stage, cx - 4, cy - length * 0.12, 0, length);
    drawPool(stage, cx + random.uniform(-6, 6), cy + length * 0.36, random.uniform(0, 1), random.uniform(8, 14));
    drawPool(stage, cx + length * 0.62, cy, random.uniform(0, 1.5), random.uniform(6, 10));
    const house = { x: cx, y: box.y0 + 8 };
    drawBuilding(stage, {
      ...house,
      length: Math.min(40, widthOf(box) * 0.7),
      width: 10,
      heading: 0,
      heightM: 5,
      roof: random.pick(['flat', 'hip', 'metal'] as const),
    });
    gardenTrees(stage, quarter, { ...box, y0: cy + length * 0.6 }, [], 2);
  },
};

const add = (a: Point, b: Point): Point => [a[0] + b[0], a[1] + b[1]];

/** An industrial hall that fills a box, now and then with panels on its roof's sunny half. */
export function drawHall(stage: Stage, box: Box, heightM: number): void {
  const { random } = stage;
  const [x, y] = middleOf(box);
  if (widthOf(box) < 6 || heightOf(box) < 6) return;
  const turned = heightOf(box) > widthOf(box);
  const roof = random.pick<RoofKind>(['metal', 'metal', 'metal', 'flat', 'flat', 'saw', 'gable']);
  drawBuilding(stage, {
    x,
    y,
    length: turned ? heightOf(box) : widthOf(box),
    width: turned ? widthOf(box) : heightOf(box),
    heading: turned ? Math.PI / 2 : 0,
    heightM,
    roof,
    shape: random.next() < 0.12 ? 'L' : 'rectangle',
  });
  if (roof === 'flat' && random.next() < 0.25 && widthOf(box) > 20 && heightOf(box) > 16) {
    const paint = panelPaint(stage);
    stage.tall({
      x,
      y: y,
      rank: 1,
      shadow: [],
      draw() {
        const [dx, dy] = stage.lean(x, y, heightM);
        const rows = Math.floor((heightOf(box) - 8) / 5);
        for (let row = 0; row < rows; row++) {
          drawPanelTable(stage, x + dx, box.y0 + 6 + row * 5 + dy, 0, widthOf(box) * 0.7, 3.2, paint);
        }
      },
    });
  }
}

/** Goods stored in the open. */
function yard(stage: Stage, box: Box): void {
  const { random } = stage;
  for (let index = 0; index < 12; index++) {
    const [x, y] = [random.uniform(box.x0, box.x1), random.uniform(box.y0, box.y1)];
    const pile = rectangle(x, y, random.uniform(2, 7), random.uniform(1.5, 4), random.pick([0, Math.PI / 2]));
    stage.castShadow([pile], 1.5);
    stage.fill(
      [pile],
      css(
        near(
          random,
          random.pick<Rgb>([
            [170, 150, 116],
            [120, 116, 110],
            [150, 92, 66],
            [84, 96, 110],
          ]),
          0.2,
        ),
      ),
    );
  }
}

/** A pond or lake; marked. */
export function drawLake(stage: Stage, x: number, y: number, a: number, b: number): void {
  const { random } = stage;
  const points: Point[] = Array.from({ length: 11 }, (_, index) => {
    const angle = (index / 11) * 2 * Math.PI;
    const r = random.uniform(0.72, 1.12);
    return [x + a * r * Math.cos(angle), y + b * r * Math.sin(angle)];
  });
  const ring = smoothRing(points);
  const grown = smoothRing(points.map(([px, py]): Point => [x + (px - x) * 1.05, y + (py - y) * 1.05]));
  stage.fill([grown], css(near(random, [112, 104, 78], 0.2), 0.8));
  layGround(stage, [ring], 'water', { label: 'lake' });
}

/** Round crowns along the rim of a wood, so that it does not end in a straight cut. */
export function edgeOfWood(stage: Stage, grove: Grove, box: Box): void {
  const corners: Point[] = [
    [box.x0, box.y0],
    [box.x1, box.y0],
    [box.x1, box.y1],
    [box.x0, box.y1],
  ];
  corners.forEach((corner, index) => {
    grove.plant(treeRow(stage, corner, corners[(index + 1) % 4], stage.random.uniform(4, 7)));
  });
}

/** Puts sports grounds into a box, large ones first. */
export function packSports(stage: Stage, quarter: Quarter, box: Box, gapM: number): void {
  const { random } = stage;
  const [w, h] = [widthOf(box), heightOf(box)];
  const [long, short] = [Math.max(w, h), Math.min(w, h)];
  const turn = w >= h ? 0 : Math.PI / 2;
  const [cx, cy] = middleOf(box);
  const options: (() => void)[] = [];
  const split = (share: number): [Box, Box] =>
    w >= h
      ? [
          { ...box, x1: box.x0 + w * share },
          { ...box, x0: box.x0 + w * share },
        ]
      : [
          { ...box, y1: box.y0 + h * share },
          { ...box, y0: box.y0 + h * share },
        ];
  if (long > 190 && short > 104) {
    const track = (): void => {
      drawTrackField(stage, cx, cy, turn);
      if (random.next() < 0.4) drawGrandstand(stage, cx + (turn ? 56 : 0), cy + (turn ? 0 : 56), turn, 70);
    };
    options.push(track, track);
  }
  if (long > 340 || (long > 240 && short > 60)) {
    const [a, b] = split(long > 340 && short > 104 ? 200 / long : random.uniform(0.4, 0.6));
    options.push(() => {
      packSports(stage, quarter, a, gapM);
      packSports(stage, quarter, b, gapM);
    });
  }
  if (long > 118 && short > 78) options.push(() => drawFootballCourt(stage, cx, cy, turn));
  if (long > 130 && short > 78) options.push(() => drawRugbyCourt(stage, cx, cy, turn));
  if (short > 92) {
    options.push(() => {
      const scale = Math.min(1, short / 112) * random.uniform(0.75, 1);
      const corner = random.integer(4);
      const angle = Math.PI / 4 + (corner * Math.PI) / 2;
      drawBaseballCourt(stage, cx - Math.cos(angle) * 44 * scale, cy - Math.sin(angle) * 44 * scale, angle, scale);
    });
    options.push(() => {
      // Four diamonds back to back, as in many parks.
      if (short < 150) drawBaseballCourt(stage, cx - 30, cy, 0, 0.6);
      else {
        for (let index = 0; index < 4; index++) {
          const angle = Math.PI / 4 + (index * Math.PI) / 2;
          drawBaseballCourt(stage, cx + Math.cos(angle) * 12, cy + Math.sin(angle) * 12, angle, 0.55);
        }
      }
    });
  }
  if (short > 36)
    options.push(() => packCourts(stage, inset(box, gapM), random.pick(['tennis', 'basketball', 'mixed'] as const)));
  else if (short > 20)
    options.push(() => packCourts(stage, inset(box, 1), random.pick(['basketball', 'badminton', 'tennis'] as const)));
  if (options.length === 0) {
    gardenTrees(stage, quarter, box, [], 1);
    return;
  }
  random.pick(options)();
  const margin = 5;
  const edge = random.pick([
    [
      [box.x0, box.y0],
      [box.x1, box.y0],
    ],
    [
      [box.x0, box.y1],
      [box.x1, box.y1],
    ],
  ] as const);
  if (short > 60)
    quarter.grove.plant(
      treeRow(
        stage,
        [edge[0][0], edge[0][1] + (edge[0][1] === box.y0 ? margin : -margin) / 3],
        [edge[1][0], edge[1][1]],
        random.uniform(7, 12),
      ),
    );
}

/** A bank of hard courts that fills a box as far as it goes. */
export function packCourts(stage: Stage, box: Box, kind: 'tennis' | 'basketball' | 'badminton' | 'mixed'): void {
  const { random } = stage;
  const sizes = { tennis: [36.4, 18.4], basketball: [33, 19.5], badminton: [17, 9.4] } as const;
  const first = kind === 'mixed' ? random.pick(['tennis', 'basketball', 'badminton'] as const) : kind;
  const shared = random.next() < 0.65;
  let surface = courtSurface(stage);
  const turned = random.next() < 0.5;
  let y = box.y0;
  let what: 'tennis' | 'basketball' | 'badminton' = first;
  let count = 0;
  const most = 4 + random.integer(16);
  while (count < most) {
    const [l, w] = sizes[what];
    const [sx, sy] = turned ? [w, l] : [l, w];
    if (y + sy > box.y1) break;
    for (let x = box.x0; x + sx <= box.x1 && count < most; x += sx) {
      if (!shared) surface = courtSurface(stage);
      const heading = turned ? Math.PI / 2 : 0;
      const [cx, cy] = [x + sx / 2, y + sy / 2];
      if (what === 'tennis') drawTennisCourt(stage, cx, cy, heading, surface);
      else if (what === 'basketball') drawBasketballCourt(stage, cx, cy, heading, surface);
      else drawBadmintonCourt(stage, cx, cy, heading, surface);
      count++;
    }
    y += sy + (kind === 'mixed' ? 4 : 0);
    if (kind === 'mixed') {
      what = random.pick(['tennis', 'basketball', 'badminton'] as const);
      surface = courtSurface(stage);
    }
  }
}
