import { type Point, type Ring, rectangle } from './geometry.js';
import type { Material } from './materials.js';
import type { Stage } from './stage.js';

/** A rectangle of the plan along its axes. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

export const widthOf = (box: Box): number => box.x1 - box.x0;
export const heightOf = (box: Box): number => box.y1 - box.y0;
export const middleOf = (box: Box): Point => [(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2];
export const inset = (box: Box, by: number): Box => ({
  x0: box.x0 + by,
  y0: box.y0 + by,
  x1: box.x1 - by,
  y1: box.y1 - by,
});
export const ringOf = (box: Box): Ring => rectangle(...middleOf(box), widthOf(box), heightOf(box));

/** Whether any of a box can be seen. */
export function seesBox(stage: Stage, box: Box): boolean {
  return stage.sees(...middleOf(box), Math.hypot(widthOf(box), heightOf(box)) / 2);
}

/** The box that holds the whole picture. */
export function everything(stage: Stage): Box {
  return { x0: -stage.reachM, y0: -stage.reachM, x1: stage.reachM, y1: stage.reachM };
}

export type GroundLabel = 'grass' | 'land' | 'ocean' | 'lake' | 'river';

/** Covers ground with a material; with a label it is a thing of that category, else it only hides ground under it. */
export function layGround(
  stage: Stage,
  rings: readonly Ring[],
  material: Material,
  options: { readonly variant?: number; readonly label?: GroundLabel } = {},
): void {
  stage.fill(rings, stage.material(material, options.variant ?? 0));
  if (options.label) {
    stage.thing({
      category: options.label,
      rings,
      kind: 'terrain',
      cuts: 'terrain',
      free: options.label === 'grass' || options.label === 'land',
    });
    return;
  }
  // Where the scene marks its land or grass, other ground of the same kind laid on it stays a part of it.
  const marks = (label: GroundLabel): boolean => stage.things.some(({ category }) => category === label);
  const keeps = marks('land') || (marks('grass') && (material === 'grass' || material === 'meadow'));
  stage.ground(rings, { keeps, free: !sealed.has(material) });
}

/** Ground on which nothing grows. */
const sealed = new Set<Material>(['concrete', 'asphalt', 'apron']);

/** Divides a box into two to many by straight cuts, leaving `gapM` between the parts. */
export function divide(stage: Stage, box: Box, smallestM: number, gapM: number): Box[] {
  const { random } = stage;
  const [w, h] = [widthOf(box), heightOf(box)];
  const canX = w > smallestM * 2 + gapM;
  const canY = h > smallestM * 2 + gapM;
  if (!canX && !canY) return [box];
  if (Math.max(w, h) < smallestM * 3 && random.next() < 0.3) return [box];
  if (canX && (!canY || w > h * random.uniform(0.7, 1.4))) {
    const at = box.x0 + smallestM + random.uniform(0, w - 2 * smallestM - gapM);
    return [
      ...divide(stage, { ...box, x1: at }, smallestM, gapM),
      ...divide(stage, { ...box, x0: at + gapM }, smallestM, gapM),
    ];
  }
  const at = box.y0 + smallestM + random.uniform(0, h - 2 * smallestM - gapM);
  return [
    ...divide(stage, { ...box, y1: at }, smallestM, gapM),
    ...divide(stage, { ...box, y0: at + gapM }, smallestM, gapM),
  ];
}
