import { type BlockKind, fillBlock } from './blocks.js';
import { weighted } from './colour.js';
import type { Point } from './geometry.js';
import { type Box, everything, layGround, ringOf } from './ground.js';
import { createQuarter } from './quarter.js';
import { drawCrossing, drawRoad, drawRoundabout, drawTraffic, type RoadStyle, roadStyle } from './roads.js';
import type { LayoutInput } from './themes.js';
import { treeRow } from './trees.js';

export interface TownStyle {
  readonly blockM: readonly [number, number];
  readonly blocks: readonly (readonly [BlockKind, number])[];
  readonly road: 'lane' | 'street' | 'avenue';
  readonly ground: 'grass' | 'meadow' | 'soil' | 'sand' | 'concrete';
  readonly traffic: number;
}

interface Street {
  readonly at: number;
  readonly style: RoadStyle;
}

/** Streets at right angles with blocks between them: most built-up scenes. */
export function layTown({ stage, grove }: LayoutInput, style: TownStyle, area: Box = everything(stage)): void {
  const { random } = stage;
  layGround(stage, [ringOf(area)], style.ground);
  const quarter = createQuarter(stage, grove, style.ground === 'concrete' ? 'grass' : style.ground);
  const streets = (from: number, to: number): Street[] => {
    const list: Street[] = [];
    let at = from + random.uniform(-0.6, 0.5) * style.blockM[0];
    while (at < to) {
      const kind = random.next() < 0.2 ? 'avenue' : style.road;
      list.push({ at, style: roadStyle(stage, kind) });
      at += random.uniform(style.blockM[0], style.blockM[1]);
    }
    return list;
  };
  const columns = streets(area.x0, area.x1);
  const rows = streets(area.y0, area.y1);
  const main = weighted(random, style.blocks);
  const edges = (list: readonly Street[], low: number, high: number): [number, number][] => {
    const spans: [number, number][] = [];
    let from = low;
    for (const { at, style: road } of list) {
      const half = road.widthM / 2 + road.pavementM + 0.5;
      if (at - half > from) spans.push([from, at - half]);
      from = at + half;
    }
    if (from < high) spans.push([from, high]);
    return spans;
  };
  // Two blocks now and then share one filling, so that large grounds find room.
  const xs = edges(columns, area.x0, area.x1);
  const ys = edges(rows, area.y0, area.y1);
  const filled = new Set<string>();
  const blocks: { box: Box; kind: BlockKind }[] = [];
  for (let i = 0; i < xs.length; i++) {
    for (let j = 0; j < ys.length; j++) {
      if (filled.has(`${i} ${j}`)) continue;
      let x1 = xs[i][1];
      if (i + 1 < xs.length && random.next() < 0.16 && !filled.has(`${i + 1} ${j}`)) {
        x1 = xs[i + 1][1];
        filled.add(`${i + 1} ${j}`);
      }
      const box = { x0: xs[i][0], x1, y0: ys[j][0], y1: ys[j][1] };
      blocks.push({ box, kind: random.next() < 0.45 ? main : weighted(random, style.blocks) });
    }
  }
  // Roads first, so that what stands in the blocks may lean over them.
  const columnLine = ({ at }: Street): Point[] => [
    [at, area.y0 - 5],
    [at, area.y1 + 5],
  ];
  const rowLine = ({ at }: Street): Point[] => [
    [area.x0 - 5, at],
    [area.x1 + 5, at],
  ];
  for (const street of columns)
    if (stage.sees(street.at, 0, stage.reachM)) drawRoad(stage, columnLine(street), street.style);
  for (const street of rows) drawRoad(stage, rowLine(street), street.style);
  const freeX: [number, number][] = rows.map(({ at, style: road }) => [
    at - area.y0 + 5 - road.widthM / 2 - 5,
    at - area.y0 + 5 + road.widthM / 2 + 5,
  ]);
  const freeY: [number, number][] = columns.map(({ at, style: road }) => [
    at - area.x0 + 5 - road.widthM / 2 - 5,
    at - area.x0 + 5 + road.widthM / 2 + 5,
  ]);
  const rounds = random.next() < 0.18;
  for (const column of columns) {
    for (const row of rows) {
      if (!stage.sees(column.at, row.at, 30)) continue;
      if (rounds && random.next() < 0.6) drawRoundabout(stage, column.at, row.at, row.style);
      else {
        drawCrossing(stage, { x: column.at, y: row.at, heading: 0, main: row.style, side: column.style });
      }
    }
  }
  // Blocks merged over a street hide it.
  for (const { box, kind } of blocks) {
    const inner = { x0: box.x0, x1: box.x1, y0: box.y0, y1: box.y1 };
    fillBlock(stage, quarter, inner, kind);
  }
  const parked = random.next() < 0.6 ? random.uniform(0.1, 0.7) : 0;
  const spacingM = random.uniform(10, 60) / style.traffic;
  for (const street of columns) {
    // A street that runs through a merged block carries no traffic.
    const through = blocks
      .filter(({ box }) => street.at > box.x0 && street.at < box.x1)
      .map(({ box }): [number, number] => [box.y0 - area.y0 + 5, box.y1 - area.y0 + 5]);
    drawTraffic(stage, columnLine(street), street.style, { spacingM, parked, free: [...freeX, ...through] });
    if (random.next() < 0.4)
      grove.plant(
        treeRow(
          stage,
          [street.at + street.style.widthM / 2 + 1.5, area.y0],
          [street.at + street.style.widthM / 2 + 1.5, area.y1],
          random.uniform(8, 16),
        ).filter(({ y }) => !rows.some((row) => Math.abs(row.at - y) < row.style.widthM)),
      );
  }
  for (const street of rows) {
    drawTraffic(stage, rowLine(street), street.style, { spacingM, parked, free: freeY });
    if (random.next() < 0.4)
      grove.plant(
        treeRow(
          stage,
          [area.x0, street.at - street.style.widthM / 2 - 1.5],
          [area.x1, street.at - street.style.widthM / 2 - 1.5],
          random.uniform(8, 16),
        ).filter(({ x }) => !columns.some((column) => Math.abs(column.at - x) < column.style.widthM)),
      );
  }
}

export const suburb: TownStyle = {
  blockM: [70, 150],
  road: 'street',
  ground: 'grass',
  traffic: 0.7,
  blocks: [
    ['houses', 12],
    ['park', 2],
    ['school', 1],
    ['courts', 1],
    ['sports', 1],
    ['baths', 0.7],
    ['parking', 0.6],
    ['wood', 0.7],
    ['site', 0.4],
  ],
};
export const dryVillage: TownStyle = {
  blockM: [50, 110],
  road: 'lane',
  ground: 'sand',
  traffic: 0.4,
  blocks: [
    ['houses', 6],
    ['shacks', 5],
    ['waste', 3],
    ['halls', 1],
    ['site', 1],
    ['sports', 0.6],
    ['tanks', 0.4],
  ],
};
export const informal: TownStyle = {
  blockM: [40, 90],
  road: 'lane',
  ground: 'soil',
  traffic: 0.5,
  blocks: [
    ['shacks', 8],
    ['houses', 3],
    ['waste', 1],
    ['wood', 1],
    ['site', 0.6],
  ],
};
export const downtown: TownStyle = {
  blockM: [60, 120],
  road: 'street',
  ground: 'concrete',
  traffic: 1.6,
  blocks: [
    ['towers', 9],
    ['slabs', 3],
    ['park', 1],
    ['commerce', 1],
    ['parking', 1],
    ['site', 1],
    ['courts', 0.6],
  ],
};
export const estate: TownStyle = {
  blockM: [90, 190],
  road: 'street',
  ground: 'grass',
  traffic: 1,
  blocks: [
    ['slabs', 7],
    ['school', 2],
    ['courts', 2],
    ['park', 1],
    ['commerce', 1],
    ['towers', 1],
    ['baths', 0.7],
    ['site', 0.7],
  ],
};
export const retail: TownStyle = {
  blockM: [100, 220],
  road: 'avenue',
  ground: 'grass',
  traffic: 1.2,
  blocks: [
    ['commerce', 7],
    ['parking', 4],
    ['depot', 1],
    ['halls', 1],
    ['waste', 1],
  ],
};
export const industry: TownStyle = {
  blockM: [100, 240],
  road: 'street',
  ground: 'meadow',
  traffic: 0.8,
  blocks: [
    ['halls', 5],
    ['tanks', 4],
    ['plant', 4],
    ['depot', 2],
    ['containers', 2],
    ['waste', 1],
    ['parking', 1],
    ['solar', 0.6],
  ],
};
export const refinery: TownStyle = {
  blockM: [110, 230],
  road: 'street',
  ground: 'soil',
  traffic: 0.4,
  blocks: [
    ['tanks', 8],
    ['plant', 5],
    ['waste', 1],
    ['halls', 1],
  ],
};
export const works: TownStyle = {
  blockM: [70, 160],
  road: 'lane',
  ground: 'soil',
  traffic: 0.5,
  blocks: [
    ['site', 8],
    ['waste', 2],
    ['halls', 1],
    ['slabs', 1],
    ['containers', 1],
    ['houses', 1],
  ],
};
export const leisure: TownStyle = {
  blockM: [120, 250],
  road: 'street',
  ground: 'grass',
  traffic: 0.7,
  blocks: [
    ['sports', 7],
    ['courts', 3],
    ['park', 1],
    ['parking', 1],
    ['school', 2],
    ['wood', 1],
    ['baths', 2],
  ],
};
export const grounds: TownStyle = {
  blockM: [210, 330],
  road: 'street',
  ground: 'grass',
  traffic: 0.6,
  blocks: [
    ['sports', 9],
    ['school', 2],
    ['wood', 1],
    ['houses', 1],
    ['courts', 1],
  ],
};
