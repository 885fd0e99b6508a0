import { drawBuilding, drawHouse, type RoofKind } from './buildings.js';
import { type Point, rectangle } from './geometry.js';
import { type Box, divide, heightOf, inset, layGround, middleOf, ringOf, widthOf } from './ground.js';
import { drawParking } from './parking.js';
import { drawPool } from './pools.js';
import { type BlockFiller, gardenTrees } from './quarter.js';
import { treeRow } from './trees.js';
import { drawVehicle } from './vehicles.js';

/** Where people live. */
export const housingBlocks = {
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
} satisfies Record<string, BlockFiller>;
