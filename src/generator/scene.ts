import type { Rle } from '../masks/index.js';

/** The colours that sentences name. */
export const colourNames = [
  'white',
  'black',
  'grey',
  'red',
  'orange',
  'yellow',
  'green',
  'blue',
  'purple',
  'pink',
  'brown',
  'beige',
] as const;

export type ColourName = (typeof colourNames)[number];

/** One thing of a picture, as far as sentences can speak of it. Pixels; x to the right, y down, from the top left. */
export interface SceneObject {
  /** Annotation id, unique within the release that is written (within the scene until the release numbers them). */
  readonly id: number;
  /** Name in the release: one of NWPU-Refer's 32 (`photovolatic` spelled as there), or the set's own. */
  readonly category: string;
  /** Tight box of the visible mask: x, y, width, height. */
  readonly boxXywh: readonly [number, number, number, number];
  /** Centre of mass of the visible mask (of the box where there is no mask). */
  readonly centre: readonly [number, number];
  /** Visible pixels of the mask (width x height of the box where there is no mask). */
  readonly areaPx: number;
  /** Visible pixels; null where the set gives a box only: then it counts for what a sentence means, but is no target. */
  readonly mask: Rle | null;
  /** The one colour that a person would name at a glance; null or absent where that is not clear. */
  readonly colour?: ColourName | null;
  /** Where the front points: degrees clockwise from up (0 = top of the picture, 90 = right); absent where it has none. */
  readonly headingDegrees?: number;
  /** Cut by the picture's border, so that its full size and shape are unknown. */
  readonly clipped: boolean;
  /** Covered by other things (roof, tree, cloud) by more than about a tenth: its size is not used in sentences. */
  readonly occluded?: boolean;
  /** A mask of land cover (all the water of the picture), not one instance: sentences never count or compare it. */
  readonly cover?: boolean;
  /** A crowd region (COCO `iscrowd`): an unknown number of things; sentences avoid its category. */
  readonly crowd?: boolean;
  /** Ids of the things it stands, floats or lies on or in (car: its road, parking or bridge; ship: its river). */
  readonly on?: readonly number[];
}

/** A picture with its things: all that a sentence about it may depend on. */
export interface Scene {
  /** File name of the picture in the release, or its path below the source's image folder. */
  readonly image: string;
  readonly width: number;
  readonly height: number;
  /** Ground sample distance, metres a pixel, where known. */
  readonly gsdM?: number;
  /** Every thing of the picture that belongs to one of `labelled`; order has no meaning. */
  readonly objects: readonly SceneObject[];
  /**
   * Categories of which EVERY thing in the picture is among `objects`; a category listed here without an object is
   * truly absent, so a sentence may ask for it in vain. For a synthetic scene: all categories that the renderer masks.
   */
  readonly labelled: readonly string[];
  /** Categories of the set whose masks are land cover, whether this picture has any or not. */
  readonly coverCategories?: readonly string[];
  /** The seed that a synthetic scene was made from. */
  readonly seed?: number;
  /** What a synthetic scene shows, for traces: `harbour`, `airport` ... */
  readonly theme?: string;
}

/** What the renderer of synthetic scenes takes. */
export interface RenderOptions {
  /** Side of the square picture. */
  readonly sizePx: number;
}

/** A rendered scene: its picture as JPEG bytes and its things. */
export interface RenderedScene {
  readonly scene: Scene;
  readonly jpeg: Uint8Array;
}

/**
 * The contract of `scenes/index.ts`: renders scene number `index` of the series `seed`. A pure function of its
 * arguments (same bytes in every process), so that scenes may be rendered in any order by any number of workers.
 * Object ids run from 1 within the scene.
 */
export type RenderScene = (seed: number, index: number, options: RenderOptions) => Promise<RenderedScene>;
