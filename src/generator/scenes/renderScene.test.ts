import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { colourNames, type RenderedScene } from '../scene.js';
import { renderedCategories, renderScene, themes } from './index.js';

const sizePx = 128;
const options = { sizePx };
const digest = ({ scene, jpeg }: RenderedScene): string =>
  createHash('sha256')
    .update(jpeg)
    .update(JSON.stringify(scene, (_, value) => (value instanceof Uint32Array ? [...value] : value)))
    .digest('hex');

/** Pixels of a mask in COCO's column-major order. */
function decode(counts: Uint32Array, size: number): Uint8Array {
  const bits = new Uint8Array(size * size);
  let at = 0;
  counts.forEach((count, index) => {
    if (index % 2 === 1) bits.fill(1, at, at + count);
    at += count;
  });
  if (at !== size * size) throw new Error(`run lengths sum to ${at}, not to the picture's ${size * size} pixels`);
  return bits;
}

let scenes: RenderedScene[];
beforeAll(async () => {
  scenes = [];
  for (let index = 0; index < 120; index++) scenes.push(await renderScene(3, index, options));
}, 120_000);

describe('rendered scenes', () => {
  it('are the same bytes on every run, in any order', async () => {
    const order = [11, 2, 40, 7, 0];
    for (const index of order) {
      expect(digest(await renderScene(3, index, options)), `scene ${index}`).toBe(digest(scenes[index]));
    }
  });

  it('differ by seed and by index', async () => {
    const digests = new Set(scenes.map(digest));
    expect(digests.size).toBe(scenes.length);
    expect(digest(await renderScene(4, 0, options))).not.toBe(digest(scenes[0]));
  });

  it('are JPEG pictures of the asked size', async () => {
    for (const { jpeg, scene } of scenes.slice(0, 12)) {
      const { format, width, height } = await sharp(jpeg).metadata();
      expect({ format, width, height }).toEqual({ format: 'jpeg', width: sizePx, height: sizePx });
      expect([scene.width, scene.height]).toEqual([sizePx, sizePx]);
    }
  });

  it('have exact masks: not empty, inside, area, box and centre as the mask says', () => {
    for (const { scene } of scenes) {
      for (const object of scene.objects) {
        const what = `${scene.image} ${object.category} ${object.id}`;
        const bits = decode(object.mask!.counts, sizePx);
        let [area, x0, y0, x1, y1, sumX, sumY] = [0, sizePx, sizePx, -1, -1, 0, 0];
        bits.forEach((bit, at) => {
          if (bit === 0) return;
          const [x, y] = [Math.floor(at / sizePx), at % sizePx];
          area++;
          sumX += x + 0.5;
          sumY += y + 0.5;
          x0 = Math.min(x0, x);
          y0 = Math.min(y0, y);
          x1 = Math.max(x1, x);
          y1 = Math.max(y1, y);
        });
        expect(area, `${what}: empty`).toBeGreaterThan(0);
        const told = [object.areaPx, ...object.boxXywh, ...object.centre];
        expect(told, what).toEqual([area, x0, y0, x1 - x0 + 1, y1 - y0 + 1, sumX / area, sumY / area]);
      }
    }
  });

  it('give each pixel to at most one thing that holds no others', () => {
    const holders = new Set([
      'road',
      'road intersection',
      'parking',
      'bridge',
      'airplaneroad',
      'ocean',
      'land',
      'grass',
      'river',
      'lake',
      'dam',
      'ground track field',
      'football court',
      'rugby court',
      'baseball court',
      'tennis court',
      'basketball court',
      'badminton court',
    ]);
    for (const { scene } of scenes) {
      const owner = new Uint16Array(sizePx * sizePx);
      for (const object of scene.objects) {
        if (holders.has(object.category)) continue;
        decode(object.mask!.counts, sizePx).forEach((bit, at) => {
          if (bit === 0) return;
          if (owner[at] !== 0) throw new Error(`${scene.image}: things ${owner[at]} and ${object.id} share a pixel`);
          owner[at] = object.id;
        });
      }
    }
  });

  it('number their things from 1, name known categories and colours, and refer to things that exist', () => {
    for (const { scene } of scenes) {
      expect(scene.objects.map(({ id }) => id)).toEqual(scene.objects.map((_, index) => index + 1));
      for (const object of scene.objects) {
        expect(renderedCategories).toContain(object.category);
        expect(scene.labelled).toContain(object.category);
        if (object.colour) expect(colourNames).toContain(object.colour);
        if (object.headingDegrees !== undefined) {
          expect(object.headingDegrees).toBeGreaterThanOrEqual(0);
          expect(object.headingDegrees).toBeLessThan(360);
        }
        for (const id of object.on ?? []) {
          expect(scene.objects[id - 1], `${object.category} on ${id}`).toBeDefined();
          expect(id).not.toBe(object.id);
        }
      }
    }
  });

  it('show at least 24 categories, several of one category in most pictures, and named colours', () => {
    const categories = new Set(scenes.flatMap(({ scene }) => scene.objects.map(({ category }) => category)));
    expect(categories.size, [...categories].join(', ')).toBeGreaterThanOrEqual(24);
    const multiple = scenes.filter(({ scene }) => {
      const count = new Map<string, number>();
      for (const { category } of scene.objects) count.set(category, (count.get(category) ?? 0) + 1);
      return [...count.values()].some((number) => number > 1);
    });
    expect(multiple.length).toBeGreaterThan(scenes.length * 0.7);
    const colours = new Set(scenes.flatMap(({ scene }) => scene.objects.map(({ colour }) => colour ?? '')));
    expect(colours.size, [...colours].join(', ')).toBeGreaterThanOrEqual(8);
  });

  it('keep the ground at every size: the same things at twice the resolution', async () => {
    const small = scenes[1].scene;
    const large = (await renderScene(3, 1, { sizePx: sizePx * 2 })).scene;
    expect(large.theme).toBe(small.theme);
    expect(large.gsdM! * 2).toBeCloseTo(small.gsdM!, 9);
  });

  it('can be asked for every theme', async () => {
    for (const { name, gsdM } of themes) {
      const { scene } = await renderScene(1, 0, { sizePx: 64, theme: name });
      expect(scene.theme).toBe(name);
      const full = scene.gsdM! / 8;
      expect(full, name).toBeGreaterThanOrEqual(Math.max(0.1, gsdM[0]) - 1e-9);
      expect(full, name).toBeLessThanOrEqual(Math.min(2, gsdM[1]) + 1e-9);
    }
  });

  it('refuse sizes and themes that do not exist', async () => {
    await expect(renderScene(1, 0, { sizePx: 0 })).rejects.toThrow('expected a whole number from 32 to 4096');
    await expect(renderScene(1, 0, { sizePx: 64, theme: 'moon' })).rejects.toThrow("no theme 'moon'");
  });
});
