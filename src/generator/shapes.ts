import type { Rle } from '../masks/index.js';
import type { Scene, SceneObject } from './scene.js';
import type { Truth } from './truth.js';

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

/** A thing that a noun names, or may name (0.5). */
export interface NounMember {
  readonly shape: Shape;
  readonly truth: Truth;
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
  /** Members of a noun, under the noun's list of categories. */
  readonly ofNoun: Map<readonly string[], readonly NounMember[]>;
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
    ofNoun: new Map(),
  };
  prepared.set(scene, result);
  return result;
}

/** Gap between two boxes: never more than the distance between what is inside them. 0 where they touch or overlap. */
export function boxGap(a: Shape, b: Shape): number {
  return Math.hypot(Math.max(0, a.x1 - b.x2, b.x1 - a.x2), Math.max(0, a.y1 - b.y2, b.y1 - a.y2));
}

/** Columns of a mask that give points, and points kept of an outline. */
const mostColumns = 32;
const mostPoints = 96;

/** Points on the border of an object, from its mask's runs; the sides of its box without a mask. */
function outlineOf(scene: PreparedScene, shape: Shape): Float32Array {
  const known = scene.outlines.get(shape.index);
  if (known) return known;
  const points = shape.object.mask ? outlinePoints(shape.object.mask, shape.length) : boxSides(shape);
  scene.outlines.set(shape.index, points);
  return points;
}

/**
 * Ends of runs trace edges that cross the columns; an edge along a column shows as a jump from one run to the next, and
 * gets points of its own.
 */
function outlinePoints({ counts, height }: Rle, length: number): Float32Array {
  const runs = counts.length >> 1;
  const stride = Math.max(1, Math.ceil(runs / mostColumns));
  const spacing = Math.max(2, length / 8);
  const points: number[] = [];
  const along = (column: number, from: number, to: number): void => {
    const steps = Math.min(24, Math.floor(Math.abs(to - from) / spacing));
    for (let step = 0; step <= steps; step++)
      points.push(column + 0.5, from + ((to - from) * step) / Math.max(1, steps) + 0.5);
  };
  let position = 0;
  let before = { column: -2, first: 0, last: -1 };
  for (let run = 0; run < runs; run++) {
    position += counts[run * 2];
    const column = Math.floor(position / height);
    const first = position - column * height;
    position += counts[run * 2 + 1];
    // A run over the end of a column goes on in the next one, at the top.
    const last = Math.min(height - 1, first + counts[run * 2 + 1] - 1);
    const follows = column === before.column + 1 && first <= before.last && last >= before.first;
    if (!follows) {
      if (before.column >= 0) along(before.column, before.first, before.last);
      along(column, first, last);
    } else {
      if (Math.abs(first - before.first) > spacing) along(column, first, before.first);
      if (Math.abs(last - before.last) > spacing) along(column, last, before.last);
      if (run % stride === 0) points.push(column + 0.5, first + 0.5, column + 0.5, last + 0.5);
    }
    before = { column, first, last };
  }
  if (before.column >= 0) along(before.column, before.first, before.last);
  return thinned(points);
}

/** At most `mostPoints` of the points, evenly taken. */
function thinned(points: readonly number[]): Float32Array {
  const count = points.length / 2;
  if (count <= mostPoints) return Float32Array.from(points);
  const kept = new Float32Array(mostPoints * 2);
  for (let index = 0; index < mostPoints; index++) {
    const from = Math.floor((index * count) / mostPoints);
    kept[index * 2] = points[from * 2];
    kept[index * 2 + 1] = points[from * 2 + 1];
  }
  return kept;
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
