import sharp from 'sharp';
import { nwpuReferThings } from '../../datasets/index.js';
import { createRandom } from '../../random/index.js';
import { type ColourName, colourNames, type RenderedScene, type RenderOptions, type SceneObject } from '../scene.js';
import { applyAtmosphere, blurPixels, drawAtmosphere } from './atmosphere.js';
import { themes } from './catalogue.js';
import { nameColour, type Rgb, weighted } from './colour.js';
import type { Silhouette } from './silhouettes.js';
import { createStage, type DrawnThing, type Stage } from './stage.js';
import type { Theme } from './themes.js';
import { createGrove } from './trees.js';
import { growUndergrowth } from './undergrowth.js';

/** Things smaller than this many visible pixels are left out: nobody could point at them. */
const smallestPx = 6;
/** Ground is a category of its own only in scenes where all of it is marked. */
const groundCategories = ['grass', 'land'] as const;

/** What the renderer draws: everything of NWPU-Refer. */
export const renderedCategories = nwpuReferThings;

/** Options beyond the contract: tests and contact sheets choose a theme. */
export interface SceneOptions extends RenderOptions {
  /** Name of one kind of scene, instead of drawing it at random. */
  readonly theme?: string;
}

/**
 * Renders scene number `index` of the series `seed` as a square JPEG of `sizePx` with its things: exact visible
 * masks, boxes, headings, and the colours that can be told in the finished picture. A pure function of its arguments:
 * the same bytes in every process and order. A scene shows the same ground at every `sizePx`; its ground sample
 * distance is 0.1 to 2 m at 512 px. Throws a RangeError for a size under 32 or over 4096 px or an unknown theme.
 */
export async function renderScene(seed: number, index: number, options: SceneOptions): Promise<RenderedScene> {
  const { sizePx } = options;
  if (!Number.isInteger(sizePx) || sizePx < 32 || sizePx > 4096) {
    throw new RangeError(`sizePx is ${sizePx}: expected a whole number from 32 to 4096`);
  }
  const random = createRandom('scene', seed, index);
  const theme = options.theme
    ? themes.find(({ name }) => name === options.theme)
    : weighted(
        random,
        themes.map((one): [Theme, number] => [one, one.weight]),
      );
  if (!theme) {
    throw new RangeError(`no theme '${options.theme}': expected one of ${themes.map(({ name }) => name).join(', ')}`);
  }
  const gsdM = (theme.gsdM[0] * (theme.gsdM[1] / theme.gsdM[0]) ** random.next() * 512) / sizePx;
  const sunAngle = random.uniform(0, 2 * Math.PI);
  const leanAngle = random.uniform(0, 2 * Math.PI);
  const leaning = random.next() < 0.35 ? random.uniform(0, 0.06) : random.uniform(0.05, 0.4);
  const stage = createStage(random, `${seed}/${index}`, {
    sizePx,
    gsdM,
    rotation: random.next() < 0.25 ? random.pick([0, 1, 2, 3]) * (Math.PI / 2) : random.uniform(0, 2 * Math.PI),
    lean: [Math.cos(leanAngle) * leaning, Math.sin(leanAngle) * leaning],
    leanOutwards: random.next() < 0.3 ? random.uniform(0, 0.25) : 0,
    sunAngle,
    shadowLength: random.next() < 0.1 ? 0 : random.uniform(0.25, 1.5),
    shadowAlpha: random.uniform(0.35, 0.72),
  });
  const grove = createGrove(stage, sunAngle);
  theme.layout({ stage, grove });
  stage.raise();
  growUndergrowth(stage, grove, theme.wild ?? 1);
  // Plants, and things that stand on others (panels on a roof), are raised once all else stands.
  stage.raise();

  const air = drawAtmosphere(random, (gsdM * sizePx) / 512);
  const image = stage.ctx.getImageData(0, 0, sizePx, sizePx);
  const far = sizePx * 0.12;
  const pixels = applyAtmosphere(image.data as Uint8ClampedArray, sizePx, air, random, [
    Math.cos(sunAngle) * far,
    Math.sin(sunAngle) * far,
  ]);
  blurPixels(pixels, sizePx, (air.blur * sizePx) / 512);
  const jpeg = await sharp(pixels, { raw: { width: sizePx, height: sizePx, channels: 3 } })
    .jpeg({ quality: air.quality, chromaSubsampling: air.fullChroma ? '4:4:4' : '4:2:0' })
    .toBuffer();
  const objects = describeThings(stage, pixels, air.mode === 'colour');
  const ground = new Set(stage.things.map(({ category }) => category));
  return {
    scene: {
      image: `scene_${seed}_${String(index).padStart(6, '0')}.jpg`,
      width: sizePx,
      height: sizePx,
      gsdM,
      objects,
      labelled: renderedCategories.filter(
        (category) => !(groundCategories as readonly string[]).includes(category) || ground.has(category),
      ),
      seed,
      theme: theme.name,
    },
    jpeg: new Uint8Array(jpeg),
  };
}

/** Categories whose paint has a name. */
const terrain = new Set(['ocean', 'land', 'grass']);
const holders = new Set([
  'road',
  'parking',
  'bridge',
  'river',
  'ocean',
  'lake',
  'airplaneroad',
  'ground track field',
  'road intersection',
]);

function describeThings(stage: Stage, pixels: Uint8ClampedArray, coloured: boolean): SceneObject[] {
  const drawn = new Map<number, DrawnThing>(stage.things.map((thing) => [thing.id, thing]));
  const visible = stage.silhouettes
    .finish()
    .filter((one) => one.areaPx >= smallestPx && one.areaPx >= one.drawnPx * 0.12);
  const numbered = visible.map((silhouette, index) => ({
    silhouette,
    id: index + 1,
    thing: drawn.get(silhouette.id)!,
  }));
  const supports = numbered.filter(({ thing }) => holders.has(thing.category));
  return numbered.map(({ silhouette, id, thing }): SceneObject => {
    const on = standsOn.has(thing.category)
      ? supports
          .filter((other) => other.id !== id && carries(other.silhouette, silhouette, stage.sizePx))
          .map((other) => other.id)
      : [];
    return {
      id,
      category: thing.category,
      boxXywh: silhouette.boxXywh,
      centre: silhouette.centre,
      areaPx: silhouette.areaPx,
      mask: silhouette.mask,
      colour: coloured ? clearColour(thing.colour, silhouette, pixels, stage.sizePx) : null,
      headingDegrees:
        pointing.has(thing.category) && thing.heading !== undefined
          ? degreesFromUp(thing.heading + stage.rotation)
          : undefined,
      clipped: silhouette.clipped,
      occluded: silhouette.areaPx < silhouette.drawnPx * 0.9,
      cover: terrain.has(thing.category),
      on,
    };
  });
}

/** Things with a front. */
const pointing = new Set(['car', 'ship', 'airplane', 'train', 'digger']);
const standsOn = new Set(['car', 'ship', 'airplane', 'train', 'football court']);

/**
 * Whether a holder lies under a thing: at its centre, or, where the thing cut it away, at most of the middles and corners
 * of its box, a little outside.
 */
function carries(holder: Silhouette, thing: Silhouette, size: number): boolean {
  const inside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < size && y < size && holder.has(Math.floor(x), Math.floor(y));
  if (inside(...thing.centre)) return true;
  const [x, y, w, h] = thing.boxXywh;
  const [xs, ys] = [
    [x - 2, x + w / 2, x + w + 1],
    [y - 2, y + h / 2, y + h + 1],
  ];
  let hits = 0;
  for (const px of xs) for (const py of ys) if (inside(px, py)) hits++;
  return hits >= 5;
}

/** The paint's name if the finished picture shows that colour too. */
function clearColour(
  name: ColourName | undefined,
  one: Silhouette,
  pixels: Uint8ClampedArray,
  size: number,
): ColourName | null {
  if (!name || !colourNames.includes(name)) return null;
  const [x0, y0, w, h] = one.boxXywh;
  const step = Math.max(1, Math.floor(Math.sqrt((w * h) / 900)));
  const reds: number[] = [];
  const greens: number[] = [];
  const blues: number[] = [];
  for (let y = y0; y < y0 + h; y += step) {
    for (let x = x0; x < x0 + w; x += step) {
      if (!one.has(x, y)) continue;
      const at = (y * size + x) * 3;
      reds.push(pixels[at]);
      greens.push(pixels[at + 1]);
      blues.push(pixels[at + 2]);
    }
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];
  if (reds.length < 6) return null;
  const seen: Rgb = [median(reds), median(greens), median(blues)];
  return nameColour(seen) === name ? name : null;
}

/** A direction of the picture (radians from +x towards +y) as degrees clockwise from up. */
function degreesFromUp(angle: number): number {
  const degrees = ((angle * 180) / Math.PI + 90) % 360;
  return Math.round(((degrees + 360) % 360) * 10) / 10;
}
