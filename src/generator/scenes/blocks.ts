import { communityBlocks } from './communityBlocks.js';
import { type Box, heightOf, seesBox, widthOf } from './ground.js';
import { housingBlocks } from './housingBlocks.js';
import { industrialBlocks } from './industrialBlocks.js';
import type { Quarter } from './quarter.js';
import type { Stage } from './stage.js';

const fillers = { ...housingBlocks, ...communityBlocks, ...industrialBlocks };

export type BlockKind = keyof typeof fillers;

/** Fills a block between roads. */
export function fillBlock(stage: Stage, quarter: Quarter, box: Box, kind: BlockKind): void {
  if (!seesBox(stage, box) || widthOf(box) < 8 || heightOf(box) < 8) return;
  fillers[kind](stage, quarter, box);
}
