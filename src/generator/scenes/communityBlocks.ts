import { drawBuilding } from './buildings.js';
import { type Point, rectangle, ribbon, smooth } from './geometry.js';
import { type Box, divide, heightOf, inset, layGround, middleOf, ringOf, widthOf } from './ground.js';
import { drawLake } from './lakes.js';
import { drawParking } from './parking.js';
import { drawPool } from './pools.js';
import { type BlockFiller, gardenTrees } from './quarter.js';
import { packCourts, packSports } from './sportsGrounds.js';
import { scatterTrees } from './trees.js';
import { edgeOfWood } from './woods.js';

/** Where people shop, learn, play, rest and leave their cars; and what nobody uses. */
export const communityBlocks = {
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
  parking(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'grass', { variant: 1 });
    for (const part of divide(stage, inset(box, 1.5), random.uniform(34, 60), random.uniform(3, 9))) {
      if (random.next() < 0.14) {
        quarter.grove.plant(scatterTrees(stage, part, 60));
      } else drawParking(stage, part, random.uniform(0.1, 1), { grove: quarter.grove });
    }
  },
  wood(stage, quarter, box) {
    layGround(stage, [ringOf(box)], 'forest');
    edgeOfWood(stage, quarter.grove, box);
  },
  waste(stage, quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], random.pick(['meadow', 'soil', 'grass', 'mud'] as const), { variant: 2 });
    gardenTrees(stage, quarter, box, [], 0.5);
  },
} satisfies Record<string, BlockFiller>;
