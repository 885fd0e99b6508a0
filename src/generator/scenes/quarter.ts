import { type HouseStyle, houseStyle } from './buildings.js';
import { type Box, inset } from './ground.js';
import type { Stage } from './stage.js';
import { type Grove, scatterTrees } from './trees.js';

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

/** Fills one block of a quarter. */
export type BlockFiller = (stage: Stage, quarter: Quarter, box: Box) => void;

/** Trees of a block, away from boxes that are built up. */
export function gardenTrees(stage: Stage, quarter: Quarter, box: Box, built: readonly Box[], factor = 1): void {
  const trees = scatterTrees(
    stage,
    inset(box, 1.5),
    quarter.treesPerHectare * factor,
    (x, y) => !built.some((one) => x > one.x0 - 1 && x < one.x1 + 1 && y > one.y0 - 1 && y < one.y1 + 1),
  );
  quarter.grove.plant(trees.map((tree) => ({ ...tree, radiusM: tree.radiusM * 0.8 })));
}
