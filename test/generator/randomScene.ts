import type { Scene, SceneObject } from '../../src/generator/index.js';
import { colourNames } from '../../src/generator/index.js';
import { encodeRle } from '../../src/masks/index.js';
import { createRandom } from '../../src/random/index.js';

/** A scene with the dense masks that it was made from (row-major; null for a box-only thing). */
export interface DenseScene {
  readonly scene: Scene;
  readonly dense: ReadonlyMap<number, Uint8Array | null>;
}

const sets: readonly (readonly string[])[] = [
  ['ship', 'harbor', 'bridge', 'car'],
  ['airplane', 'helicopter', 'storage tank', 'large vehicle', 'small vehicle'],
  ['tennis court', 'basketball court', 'football court', 'building', 'pool', 'car'],
  ['car', 'truck', 'bus', 'parking', 'road', 'grass'],
  ['building', 'tree', 'gizmo', 'wind turbine'],
];

/** Rotated rectangles and ellipses at random places, in rows, in clusters, on each other; no picture. */
export function randomScene(seed: number): DenseScene {
  const random = createRandom(seed, 'random scene');
  const width = 90 + random.integer(50);
  const height = 90 + random.integer(50);
  const categories = random.pick(sets);
  const labelled = [...categories, 'chimney', 'train'];
  const dense = new Map<number, Uint8Array | null>();
  const objects: SceneObject[] = [];
  const used = random.shuffle(categories).slice(0, 1 + random.integer(categories.length));
  const palette = random.shuffle(colourNames).slice(0, 3);

  const add = (category: string, x: number, y: number, long: number, wide: number, angle: number): void => {
    const mask = new Uint8Array(width * height);
    const ellipse = random.next() < 0.4;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const dx = column + 0.5 - x;
        const dy = row + 0.5 - y;
        const u = Math.abs(dx * Math.cos(angle) + dy * Math.sin(angle)) / (long / 2);
        const v = Math.abs(dy * Math.cos(angle) - dx * Math.sin(angle)) / (wide / 2);
        if (ellipse ? u * u + v * v <= 1 : u <= 1 && v <= 1) mask[row * width + column] = 1;
      }
    }
    const pixels = [...mask.keys()].filter((index) => mask[index] === 1);
    if (pixels.length === 0) return;
    const xs = pixels.map((index) => index % width);
    const ys = pixels.map((index) => Math.floor(index / width));
    const left = Math.min(...xs);
    const top = Math.min(...ys);
    const box = [left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1] as const;
    const boxOnly = random.next() < 0.04;
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value + 0.5, 0) / values.length;
    const id = objects.length + 1;
    const hasFront = category === 'airplane' || category === 'ship';
    dense.set(id, boxOnly ? null : mask);
    objects.push({
      id,
      category,
      boxXywh: box,
      centre: boxOnly ? [left + box[2] / 2, top + box[3] / 2] : [mean(xs), mean(ys)],
      areaPx: boxOnly ? box[2] * box[3] : pixels.length,
      mask: boxOnly ? null : encodeRle(mask, height, width),
      colour: random.next() < 0.8 ? random.pick(palette) : null,
      ...(hasFront && { headingDegrees: random.uniform(0, 360) }),
      clipped: left === 0 || top === 0 || left + box[2] === width || top + box[3] === height,
      ...(random.next() < 0.04 && { occluded: true }),
      ...(random.next() < 0.01 && { crowd: true }),
    });
  };

  for (const category of used) {
    const long = random.uniform(6, 17);
    const wide = long * random.uniform(0.4, 1);
    const angle = random.uniform(0, Math.PI);
    const layout = random.next();
    if (layout < 0.25) {
      const direction = random.uniform(0, Math.PI * 2);
      const [x, y] = [random.uniform(0.2, 0.8) * width, random.uniform(0.2, 0.8) * height];
      const step = long * random.uniform(1.05, 1.6);
      for (let index = 0; index < 3 + random.integer(4); index++) {
        add(
          category,
          x + index * step * Math.cos(direction),
          y + index * step * Math.sin(direction),
          long,
          wide,
          angle,
        );
      }
    }
    const scattered = layout < 0.25 ? random.integer(3) : 1 + random.integer(7);
    for (let index = 0; index < scattered; index++) {
      const grown = random.next() < 0.3 ? random.uniform(0.5, 2.2) : 1;
      const x = random.uniform(0, width);
      const y = random.uniform(0, height);
      add(category, x, y, long * grown, wide * grown, random.next() < 0.5 ? angle : random.uniform(0, Math.PI));
    }
  }
  // Two things in rings of others, and things on a field.
  if (random.next() < 0.3) {
    const [inside, around] = random.shuffle(categories);
    add(inside, random.uniform(0.1, 0.9) * width, random.uniform(0.02, 0.12) * height, 11, 11, 0);
    for (const place of [0.27, 0.73]) {
      add(inside, place * width, random.uniform(0.3, 0.7) * height, 11, 11, 0);
      if (objects.length > 0) ring(objects[objects.length - 1], add, around, random.uniform(12, 14));
    }
  }
  if (random.next() < 0.3) {
    const [x, y] = [random.uniform(0.3, 0.7) * width, random.uniform(0.3, 0.7) * height];
    add(categories[categories.length - 1], x, y, width * 0.5, height * 0.4, 0);
    for (let index = 0; index < 3; index++) add(used[0], x + index * 14 - 14, y, 9, 6, 0);
  }
  return { scene: { image: `random-${seed}.png`, width, height, objects, labelled }, dense };
}

function ring(
  { centre: [x, y] }: SceneObject,
  add: (category: string, x: number, y: number, long: number, wide: number, angle: number) => void,
  category: string,
  radius: number,
): void {
  for (let index = 0; index < 6; index++) {
    const angle = (index / 6) * 2 * Math.PI;
    add(category, x + radius * Math.cos(angle), y + radius * Math.sin(angle), 7, 5, angle);
  }
}
