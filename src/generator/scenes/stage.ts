import { type Canvas, createCanvas, Path2D, type SKRSContext2D } from '@napi-rs/canvas';
import type { Random } from '../../random/index.js';
import { createRandom } from '../../random/index.js';
import type { ColourName } from '../scene.js';
import { css, type Rgb } from './colour.js';
import { type Point, type Ring, signedArea, sweep } from './geometry.js';
import { type Material, materialSpec } from './materials.js';
import { createSilhouettes, type SilhouetteRules, type Silhouettes } from './silhouettes.js';
import { paintTexture, type TextureSpec } from './texture.js';

export type Context = SKRSContext2D;
export type Fill = string | CanvasPattern | ReturnType<Context['createPattern']>;

/** What is known of a drawn thing beside its mask. */
export interface DrawnThing {
  readonly id: number;
  readonly category: string;
  /** Name of its paint; kept only if the finished picture shows it as well. */
  readonly colour?: ColourName;
  /** Radians in the plan, from +x towards +y. */
  readonly heading?: number;
}

export interface ThingSpec extends Partial<SilhouetteRules> {
  readonly category: string;
  /** Outlines in the plan whose union is the thing. */
  readonly rings: readonly Ring[];
  readonly colour?: ColourName;
  readonly heading?: number;
}

/** Something that stands above the ground: drawn after all ground and low things, those nearest to the viewer last. */
export interface TallItem {
  readonly x: number;
  readonly y: number;
  /** Outlines on the ground and the heights (metres) that they reach, for the shadow. */
  readonly shadow: readonly { readonly ring: Ring; readonly fromM?: number; readonly heightM: number }[];
  /** Larger is drawn later among things at the same place. */
  readonly rank?: number;
  draw(): void;
}

/** The light of a scene, as shifts in the plan for one metre of height. */
export interface Light {
  /** Where a shadow falls. */
  readonly shadow: Point;
  readonly shadowAlpha: number;
}

/**
 * The picture while it is drawn. Places are metres in a plan whose origin is the picture's centre and which lies
 * turned under the picture; `ctx` draws in the plan, `fill` and the masks use exactly the same outlines.
 */
export interface Stage {
  readonly random: Random;
  readonly sizePx: number;
  readonly gsdM: number;
  readonly pxPerM: number;
  /** Half of the picture's diagonal: everything visible lies within this distance of the origin. */
  readonly reachM: number;
  /** Half of the picture's side. */
  readonly halfM: number;
  readonly rotation: number;
  readonly light: Light;
  readonly canvas: Canvas;
  readonly ctx: Context;
  readonly silhouettes: Silhouettes;
  readonly things: DrawnThing[];
  toPixel(point: Point): Point;
  /** Whether a disc of the plan touches the picture. */
  sees(x: number, y: number, radiusM: number): boolean;
  /** Where the top of something `heightM` tall appears, relative to its foot. */
  lean(x: number, y: number, heightM: number): Point;
  /** Fills the union of outlines. */
  fill(rings: readonly Ring[], style: Fill): void;
  /** Strokes a line of `widthM`, at least `minPx` pixels wide. */
  line(points: readonly Point[], widthM: number, style: string, options?: LineOptions): void;
  /** A texture of this scene. */
  material(name: Material, variant?: number): Fill;
  /** A pattern of a texture of one's own. */
  pattern(spec: TextureSpec): Fill;
  /** Marks what was drawn as a thing of the scene. */
  thing(spec: ThingSpec): void;
  /** Marks what was drawn as hiding others. */
  cover(rings: readonly Ring[]): void;
  /** Marks what was drawn as ground: earlier things under it are gone unless `keeps`; plants may grow if `free`. */
  ground(rings: readonly Ring[], options?: { readonly keeps?: boolean; readonly free?: boolean }): void;
  /** Whether nothing but ground has been drawn at a place inside the picture. */
  isFree(x: number, y: number): boolean;
  /** Draws with the origin at a place of the plan. */
  local(x: number, y: number, heading: number, draw: (ctx: Context) => void): void;
  /** A shadow drawn at once, for low things. */
  castShadow(rings: readonly Ring[], heightM: number): void;
  tall(item: TallItem): void;
  /** Draws all shadows of tall things, then the things. Further tall things may follow. */
  raise(): void;
}

export interface LineOptions {
  readonly dash?: readonly number[];
  readonly minPx?: number;
  readonly closed?: boolean;
}

export interface StageOptions {
  readonly sizePx: number;
  readonly gsdM: number;
  readonly rotation: number;
  /** Towards where tall things lean in the picture (pixels of the picture a pixel of height), and how much more towards the border. */
  readonly lean: Point;
  readonly leanOutwards: number;
  /** Picture direction of shadows, and their length a metre of height. */
  readonly sunAngle: number;
  readonly shadowLength: number;
  readonly shadowAlpha: number;
}

export function createStage(random: Random, seedText: string, options: StageOptions): Stage {
  const { sizePx, gsdM, rotation } = options;
  const canvas = createCanvas(sizePx, sizePx);
  const ctx = canvas.getContext('2d');
  const silhouettes = createSilhouettes(sizePx);
  const pxPerM = 1 / gsdM;
  const halfM = (sizePx * gsdM) / 2;
  const [c, s] = [Math.cos(rotation) * pxPerM, Math.sin(rotation) * pxPerM];
  const centre = sizePx / 2;
  const toPixel = ([x, y]: Point): Point => [centre + x * c - y * s, centre + x * s + y * c];
  const pixelRing = (ring: Ring): Ring => ring.map(toPixel);
  // A vector of the picture, in the plan.
  const toPlan = (x: number, y: number): Point => [
    x * Math.cos(rotation) + y * Math.sin(rotation),
    -x * Math.sin(rotation) + y * Math.cos(rotation),
  ];
  const leanPlan = toPlan(options.lean[0], options.lean[1]);
  const shadow = toPlan(
    Math.cos(options.sunAngle) * options.shadowLength,
    Math.sin(options.sunAngle) * options.shadowLength,
  );
  const light: Light = { shadow, shadowAlpha: options.shadowAlpha };
  const patterns = new Map<string, Fill>();
  const things: DrawnThing[] = [];
  let waiting: TallItem[] = [];
  ctx.setTransform(c, s, -s, c, centre, centre);
  ctx.lineJoin = 'round';

  const tracePixels = (rings: readonly Ring[]): Path2D => {
    const path = new Path2D();
    for (const ring of rings) {
      if (ring.length < 3) continue;
      // One direction for all, so that overlapping outlines join under the non-zero rule.
      const points = signedArea(ring) < 0 ? [...ring].reverse() : ring;
      points.forEach((point, index) => {
        const [x, y] = toPixel(point);
        if (index === 0) path.moveTo(x, y);
        else path.lineTo(x, y);
      });
      path.closePath();
    }
    return path;
  };
  const fill = (rings: readonly Ring[], style: Fill): void => {
    ctx.save();
    ctx.resetTransform();
    ctx.fillStyle = style as string;
    ctx.fill(tracePixels(rings));
    ctx.restore();
  };
  const sees = (x: number, y: number, radiusM: number): boolean => {
    const [px, py] = toPixel([x, y]);
    const radius = radiusM * pxPerM;
    return px > -radius && py > -radius && px < sizePx + radius && py < sizePx + radius;
  };
  const lean = (x: number, y: number, heightM: number): Point => [
    heightM * (leanPlan[0] + (options.leanOutwards * x) / halfM),
    heightM * (leanPlan[1] + (options.leanOutwards * y) / halfM),
  ];
  const pattern = (spec: TextureSpec, mirrored = false): Fill => {
    const side = mirrored ? Math.ceil(sizePx / 2) : sizePx;
    const image = ctx.createImageData(side, side);
    paintTexture(image.data, side, gsdM, spec, createRandom(seedText, 'texture', patterns.size));
    let sheet = createCanvas(side, side);
    sheet.getContext('2d').putImageData(image, 0, 0);
    if (mirrored) {
      const quarter = sheet;
      sheet = createCanvas(2 * side, 2 * side);
      const onto = sheet.getContext('2d');
      for (const [sx, sy] of [
        [1, 1],
        [-1, 1],
        [1, -1],
        [-1, -1],
      ]) {
        onto.setTransform(sx, 0, 0, sy, sx < 0 ? 2 * side : 0, sy < 0 ? 2 * side : 0);
        onto.drawImage(quarter, 0, 0);
      }
    }
    const made = ctx.createPattern(sheet, 'repeat');
    patterns.set(`own ${patterns.size}`, made);
    return made;
  };

  return {
    random,
    sizePx,
    gsdM,
    pxPerM,
    halfM,
    reachM: halfM * Math.SQRT2,
    rotation,
    light,
    canvas,
    ctx,
    silhouettes,
    things,
    toPixel,
    sees,
    lean,
    fill,
    pattern,
    line(points, widthM, style, { dash, minPx = 0.6, closed = false } = {}) {
      ctx.beginPath();
      points.forEach(([x, y], index) => {
        if (index === 0) ctx.moveTo(x, y);
        else ctx.lineTo(x, y);
      });
      if (closed) ctx.closePath();
      ctx.strokeStyle = style;
      ctx.lineWidth = Math.max(widthM, minPx * gsdM);
      ctx.setLineDash(dash ? [...dash] : []);
      ctx.stroke();
    },
    material(name, variant = 0) {
      const key = `${name} ${variant}`;
      const known = patterns.get(key);
      if (known) return known;
      const made = pattern(materialSpec(name, createRandom(seedText, 'material', name, variant)), small.has(name));
      patterns.set(key, made);
      return made;
    },
    thing(spec) {
      const id = silhouettes.add(spec.rings.map(pixelRing), {
        kind: spec.kind ?? 'opaque',
        free: spec.free,
        cuts: spec.cuts ?? (spec.kind === 'terrain' ? 'nothing' : spec.kind === 'surface' ? 'terrain' : 'surface'),
      });
      things.push({ id, category: spec.category, colour: spec.colour, heading: spec.heading });
    },
    ground(rings, options) {
      silhouettes.ground(rings.map(pixelRing), options);
    },
    isFree(x, y) {
      const [px, py] = toPixel([x, y]);
      return silhouettes.isFree(Math.floor(px), Math.floor(py));
    },
    cover(rings) {
      silhouettes.cover(rings.map(pixelRing));
    },
    local(x, y, heading, draw) {
      ctx.save();
      ctx.translate(x, y);
      ctx.rotate(heading);
      draw(ctx);
      ctx.restore();
    },
    castShadow(rings, heightM) {
      const swept = rings.flatMap((ring) => sweep(ring, shadow[0] * heightM, shadow[1] * heightM));
      fill(swept, css(shadowTint, light.shadowAlpha));
    },
    tall(item) {
      waiting.push(item);
    },
    raise() {
      const rings = waiting.flatMap((item) =>
        item.shadow.flatMap(({ ring, fromM = 0, heightM }) => {
          const from: Ring = ring.map(([x, y]) => [x + shadow[0] * fromM, y + shadow[1] * fromM]);
          return sweep(from, shadow[0] * (heightM - fromM), shadow[1] * (heightM - fromM));
        }),
      );
      if (rings.length > 0) fill(rings, css(shadowTint, light.shadowAlpha));
      // What stands in the direction of the lean is farther from the viewer, and is drawn first.
      const depth = (item: TallItem): number => item.x * leanPlan[0] + item.y * leanPlan[1];
      const sorted = waiting
        .map((item, index) => ({ item, index }))
        .sort((a, b) => (a.item.rank ?? 0) - (b.item.rank ?? 0) || depth(b.item) - depth(a.item) || a.index - b.index);
      waiting = [];
      for (const { item } of sorted) item.draw();
    },
  };
}

/** Materials of small even areas: a quarter of the picture, mirrored, serves for all of it. */
const small = new Set<Material>(['asphalt', 'concrete', 'gravel', 'turf', 'clay', 'mud']);

/** Shadows are lit by the sky alone: dark and a little blue. */
const shadowTint: Rgb = [8, 12, 24];
