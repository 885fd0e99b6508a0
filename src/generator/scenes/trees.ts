import { type Canvas, createCanvas } from '@napi-rs/canvas';
import type { Random } from '../../random/index.js';
import { mix, near, type Rgb } from './colour.js';
import { disc, type Point } from './geometry.js';
import { cloudTile } from './noise.js';
import type { Stage } from './stage.js';

const spritePx = 48;

/** Tree crowns of one scene: all lit by its sun. */
export interface Grove {
  /** Draws trees at places of the plan, with their shadows, hiding what is under them. */
  plant(trees: readonly { readonly x: number; readonly y: number; readonly radiusM: number }[]): void;
}

/** Makes the crowns of a scene, of two or three species. */
export function createGrove(stage: Stage, sunAngle: number): Grove {
  const { random } = stage;
  const autumn = random.next() < 0.15;
  const species: Rgb[] = Array.from({ length: 3 }, () => {
    const green = random.pick<Rgb>([
      [58, 80, 44],
      [48, 70, 42],
      [70, 92, 50],
      [44, 64, 46],
      [84, 96, 56],
      [62, 74, 40],
    ]);
    return autumn
      ? near(
          random,
          random.pick<Rgb>([
            [134, 92, 52],
            [120, 104, 60],
            [96, 84, 62],
            [150, 110, 56],
          ]),
          0.15,
        )
      : near(random, green, 0.16);
  });
  const sprites = Array.from({ length: 9 }, (_, index) => crown(random, species[index % 3], sunAngle));
  return {
    plant(trees) {
      const seen = trees.filter(({ x, y, radiusM }) => stage.sees(x, y, radiusM * 3));
      for (const { x, y, radiusM } of seen) {
        const height = radiusM * random.uniform(1.6, 2.6);
        const sprite = sprites[random.integer(sprites.length)];
        const top = stage.lean(x, y, height * 0.6);
        const [cx, cy] = [x + top[0], y + top[1]];
        stage.tall({
          x,
          y,
          shadow: [{ ring: disc(x, y, radiusM * 0.95, 9), fromM: height * 0.6, heightM: height * 0.6 }],
          draw() {
            const [px, py] = stage.toPixel([cx, cy]);
            const side = 2.2 * radiusM * stage.pxPerM;
            stage.ctx.save();
            stage.ctx.resetTransform();
            stage.ctx.drawImage(sprite, px - side / 2, py - side / 2, side, side);
            stage.ctx.restore();
            stage.cover([disc(cx, cy, radiusM * 0.9, 10)]);
          },
        });
      }
    },
  };
}

function crown(random: Random, colour: Rgb, sunAngle: number): Canvas {
  const canvas = createCanvas(spritePx, spritePx);
  const ctx = canvas.getContext('2d');
  const image = ctx.createImageData(spritePx, spritePx);
  const rough = cloudTile(16, 1, 0.7);
  const edge = cloudTile(8, 2);
  const [ox, oy] = [random.integer(256), random.integer(256)];
  const pointed = random.next() < 0.25;
  const bright = mix(colour, [190, 196, 120], 0.35);
  const dark = mix(colour, [12, 18, 16], 0.66);
  // The light comes from where shadows do not fall.
  const [lx, ly] = [-Math.cos(sunAngle), -Math.sin(sunAngle)];
  for (let y = 0; y < spritePx; y++) {
    for (let x = 0; x < spritePx; x++) {
      const u = (x + 0.5 - spritePx / 2) / (spritePx / 2.2);
      const v = (y + 0.5 - spritePx / 2) / (spritePx / 2.2);
      const at = ((y * 2 + oy) & 255) * 256 + ((x * 2 + ox) & 255);
      const rim = ((Math.floor(y * 1.5) + ox) & 255) * 256 + ((Math.floor(x * 1.5) + oy) & 255);
      const r = Math.hypot(u, v) + edge[rim] * 0.16;
      const out = (y * spritePx + x) * 4;
      const alpha = Math.max(0, Math.min(1, (1 - r) * 7));
      const slope = pointed ? 1 : Math.min(1, r);
      const lit =
        0.5 + 0.42 * (u * lx + v * ly) * (0.6 + slope * 0.6) + rough[at] * 0.3 - (pointed ? 0.06 : 0.12 * r * r);
      const tone = lit < 0.5 ? mix(dark, colour, Math.max(0, lit) * 2) : mix(colour, bright, Math.min(1, lit * 2 - 1));
      image.data[out] = tone[0];
      image.data[out + 1] = tone[1];
      image.data[out + 2] = tone[2];
      image.data[out + 3] = alpha * 255;
    }
  }
  ctx.putImageData(image, 0, 0);
  return canvas;
}

/** Trees scattered over a rectangle, `perHectare` of them, away from where `free` says no. */
export function scatterTrees(
  stage: Stage,
  box: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number },
  perHectare: number,
  free: (x: number, y: number) => boolean = () => true,
): { x: number; y: number; radiusM: number }[] {
  const { random } = stage;
  const area = ((box.x1 - box.x0) * (box.y1 - box.y0)) / 10_000;
  const count = Math.min(600, Math.round(area * perHectare * random.uniform(0.7, 1.3)));
  const trees: { x: number; y: number; radiusM: number }[] = [];
  for (let index = 0; index < count; index++) {
    const x = random.uniform(box.x0, box.x1);
    const y = random.uniform(box.y0, box.y1);
    if (free(x, y)) trees.push({ x, y, radiusM: random.uniform(1.2, 4.8) });
  }
  return trees;
}

/** A row of trees along a line. */
export function treeRow(
  stage: Stage,
  from: Point,
  to: Point,
  spacingM: number,
): { x: number; y: number; radiusM: number }[] {
  const { random } = stage;
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const radius = random.uniform(1.6, 3.4);
  const trees = [];
  for (let at = spacingM / 2; at < length; at += spacingM) {
    if (random.next() < 0.12) continue;
    const t = at / length;
    trees.push({
      x: from[0] + (to[0] - from[0]) * t + random.uniform(-0.6, 0.6),
      y: from[1] + (to[1] - from[1]) * t + random.uniform(-0.6, 0.6),
      radiusM: radius * random.uniform(0.8, 1.2),
    });
  }
  return trees;
}
