import type { Rle } from '../masks/index.js';
import type { Scene, SceneObject } from './scene.js';

/** An object with the measures that sentences rest on. Pixels. */
export interface Shape {
  readonly object: SceneObject;
  readonly index: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly cx: number;
  readonly cy: number;
  readonly width: number;
  readonly height: number;
  /** Side of the square with the box's area: the object's typical length. */
  readonly length: number;
}

/** A scene made ready to be asked: shapes, and a store for distances and overlaps that were asked for once. */
export interface PreparedScene {
  readonly scene: Scene;
  readonly shapes: readonly Shape[];
  readonly width: number;
  readonly height: number;
  readonly diagonal: number;
  readonly byCategory: ReadonlyMap<string, readonly Shape[]>;
  readonly outlines: Map<number, Float32Array>;
  readonly distances: Map<number, number>;
  readonly overlaps: Map<number, number>;
}

const prepared = new WeakMap<Scene, PreparedScene>();

/** Measures a scene's objects once; later calls with the same scene give the same answer. */
export function prepareScene(scene: Scene): PreparedScene {
  const known = prepared.get(scene);
  if (known) return known;
  const shapes = scene.objects.map((object, index): Shape => {
    const [x, y, width, height] = object.boxXywh;
    const [cx, cy] = object.centre;
    const length = Math.sqrt(Math.max(width * height, 1));
    return { object, index, x1: x, y1: y, x2: x + width, y2: y + height, cx, cy, width, height, length };
  });
  const byCategory = new Map<string, Shape[]>();
  for (const shape of shapes) {
    const list = byCategory.get(shape.object.category);
    if (list) list.push(shape);
    else byCategory.set(shape.object.category, [shape]);
  }
  const { width, height } = scene;
  const result: PreparedScene = {
    scene,
    shapes,
    width,
    height,
    diagonal: Math.hypot(width, height),
    byCategory,
    outlines: new Map(),
    distances: new Map(),
    overlaps: new Map(),
  };
  prepared.set(scene, result);
  return result;
}

/** Gap between two boxes: never more than the distance between what is inside them. 0 where they touch or overlap. */
export function boxGap(a: Shape, b: Shape): number {
  return Math.hypot(Math.max(0, a.x1 - b.x2, b.x1 - a.x2), Math.max(0, a.y1 - b.y2, b.y1 - a.y2));
}

const outlinePoints = 64;

/** Points on the border of an object: ends of its mask's runs, evenly thinned; the sides of its box without a mask. */
function outlineOf(scene: PreparedScene, shape: Shape): Float32Array {
  const known = scene.outlines.get(shape.index);
  if (known) return known;
  const points = shape.object.mask ? runEnds(shape.object.mask) : boxSides(shape);
  scene.outlines.set(shape.index, points);
  return points;
}

function runEnds({ counts, height }: Rle): Float32Array {
  const ends = Math.floor(counts.length / 2) * 2;
  const kept = Math.min(ends, outlinePoints);
  const points = new Float32Array(kept * 2);
  let position = 0;
  let end = 0;
  let written = 0;
  for (let index = 0; index + 1 < counts.length; index += 2) {
    const first = position + counts[index];
    const last = first + counts[index + 1] - 1;
    position = last + 1;
    for (const pixel of [first, last]) {
      // Keeps end number ceil(written x ends / kept), so that the kept ones are spread over all.
      if (written < kept && end * kept >= written * ends) {
        points[written * 2] = Math.floor(pixel / height) + 0.5;
        points[written * 2 + 1] = (pixel % height) + 0.5;
        written++;
      }
      end++;
    }
  }
  return points.subarray(0, written * 2);
}

function boxSides({ x1, y1, x2, y2 }: Shape): Float32Array {
  const steps = 8;
  const points: number[] = [];
  for (let step = 0; step <= steps; step++) {
    const t = step / steps;
    const x = x1 + (x2 - x1) * t;
    const y = y1 + (y2 - y1) * t;
    points.push(x, y1, x, y2, x1, y, x2, y);
  }
  return Float32Array.from(points);
}

/** Distance between two objects' outlines, from sampled points: never less than the true one, and seldom much more. */
export function outlineDistance(scene: PreparedScene, a: Shape, b: Shape): number {
  const key = Math.min(a.index, b.index) * scene.shapes.length + Math.max(a.index, b.index);
  const known = scene.distances.get(key);
  if (known !== undefined) return known;
  const first = outlineOf(scene, a);
  const second = outlineOf(scene, b);
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < first.length; i += 2) {
    for (let j = 0; j < second.length; j += 2) {
      const dx = first[i] - second[j];
      const dy = first[i + 1] - second[j + 1];
      const squared = dx * dx + dy * dy;
      if (squared < smallest) smallest = squared;
    }
  }
  const distance = Math.sqrt(smallest);
  scene.distances.set(key, distance);
  return distance;
}

/** Share of `a` that lies inside `b`, by their masks, by the boxes where one has none; 0 to 1. */
export function shareInside(scene: PreparedScene, a: Shape, b: Shape): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  if (width <= 0 || height <= 0) return 0;
  const key = a.index * scene.shapes.length + b.index;
  const known = scene.overlaps.get(key);
  if (known !== undefined) return known;
  const first = a.object.mask;
  const second = b.object.mask;
  const share =
    first && second
      ? commonPixels(first, second) / Math.max(1, a.object.areaPx)
      : (width * height) / Math.max(1, a.width * a.height);
  scene.overlaps.set(key, share);
  return share;
}

function commonPixels(a: Rle, b: Rle): number {
  let i = 1;
  let j = 1;
  let startA = a.counts[0] ?? 0;
  let startB = b.counts[0] ?? 0;
  let common = 0;
  while (i < a.counts.length && j < b.counts.length) {
    const endA = startA + a.counts[i];
    const endB = startB + b.counts[j];
    const shared = Math.min(endA, endB) - Math.max(startA, startB);
    if (shared > 0) common += shared;
    if (endA <= endB) {
      startA = endA + (a.counts[i + 1] ?? 0);
      i += 2;
    } else {
      startB = endB + (b.counts[j + 1] ?? 0);
      j += 2;
    }
  }
  return common;
}
