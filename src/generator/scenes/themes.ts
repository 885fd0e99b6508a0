import type { Stage } from './stage.js';
import type { Grove } from './trees.js';

/** What a layout gets: the stage, the scene's trees, and the picture direction of the light. */
export interface LayoutInput {
  readonly stage: Stage;
  readonly grove: Grove;
}

/** A kind of scene. */
export interface Theme {
  readonly name: string;
  /** How often it is drawn, relative to the others. */
  readonly weight: number;
  /** Ground sample distances of a picture of 512 px, metres a pixel. */
  readonly gsdM: readonly [number, number];
  /** How much grows where nothing stands: 0 nothing, 1 as usual (the default). */
  readonly wild?: number;
  layout(input: LayoutInput): void;
}
