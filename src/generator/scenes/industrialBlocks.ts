import { drawBuilding } from './buildings.js';
import { css, near, type Rgb } from './colour.js';
import { drawContainerBlock } from './containers.js';
import { drawChimney, drawPlume } from './energy.js';
import { ellipse, type Point, rectangle, smooth } from './geometry.js';
import { type Box, divide, heightOf, inset, layGround, middleOf, ringOf, widthOf } from './ground.js';
import { drawHall } from './halls.js';
import { drawDigger, drawTowerCrane } from './machinery.js';
import { drawParking } from './parking.js';
import { type BlockFiller, gardenTrees } from './quarter.js';
import { drawSolarField } from './solarPanels.js';
import type { Stage } from './stage.js';
import { drawStorageTank } from './storageTanks.js';
import { drawVehicle } from './vehicles.js';

const add = (a: Point, b: Point): Point => [a[0] + b[0], a[1] + b[1]];

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

/** Where things are made, stored, moved and built. */
export const industrialBlocks = {
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
  depot(stage, _quarter, box) {
    const { random } = stage;
    layGround(stage, [ringOf(box)], 'asphalt', { variant: 1 });
    const split = heightOf(box) * random.uniform(0.35, 0.5);
    drawHall(stage, inset({ ...box, y1: box.y0 + split }, 3), random.uniform(7, 13));
    drawParking(stage, inset({ ...box, y0: box.y0 + split + 3 }, 2), random.uniform(0.3, 0.8), { trucks: true });
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
  solar(stage, _quarter, box) {
    layGround(stage, [ringOf(box)], stage.random.pick(['meadow', 'grass', 'soil'] as const), { variant: 1 });
    drawSolarField(stage, inset(box, 5));
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
} satisfies Record<string, BlockFiller>;
