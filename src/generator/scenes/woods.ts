import type { Point } from './geometry.js';
import type { Box } from './ground.js';
import type { Stage } from './stage.js';
import { type Grove, treeRow } from './trees.js';

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
