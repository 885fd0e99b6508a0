import type { Form } from '../../src/generator/index.js';
import type { DenseScene } from './randomScene.js';

/*
 * What docs/generator.md says about the meaning of sentences, read sharply (no margins) and computed the slow way from
 * dense masks. Shares nothing with the evaluator under test but the type of a form.
 */

type Things = Extract<Form, { form: 'the' }>['things'];
type Test = Things['tests'][number];

interface Thing {
  readonly id: number;
  readonly category: string;
  readonly colour: string | null;
  readonly heading: number | undefined;
  readonly on: readonly number[];
  readonly hasMask: boolean;
  /** Column and row of every pixel. */
  readonly pixels: readonly (readonly [number, number])[];
  readonly cx: number;
  readonly cy: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface World {
  readonly things: readonly Thing[];
  readonly width: number;
  readonly height: number;
  readonly diagonal: number;
  readonly distances: Map<string, number>;
}

/** Lays the scene out as pixels. */
export function slowWorld({ scene, dense }: DenseScene): World {
  const things = scene.objects.map((object): Thing => {
    const mask = dense.get(object.id) ?? null;
    const [x, y, w, h] = object.boxXywh;
    const pixels: [number, number][] = [];
    for (let row = 0; row < scene.height; row++) {
      for (let column = 0; column < scene.width; column++) {
        const inside = mask
          ? mask[row * scene.width + column] === 1
          : column >= x && column < x + w && row >= y && row < y + h;
        if (inside) pixels.push([column, row]);
      }
    }
    let [cx, cy, left, right, top, bottom] = [0, 0, Infinity, -Infinity, Infinity, -Infinity];
    for (const [column, row] of pixels) {
      cx += (column + 0.5) / pixels.length;
      cy += (row + 0.5) / pixels.length;
      left = Math.min(left, column);
      right = Math.max(right, column + 1);
      top = Math.min(top, row);
      bottom = Math.max(bottom, row + 1);
    }
    return {
      id: object.id,
      category: object.category,
      colour: object.colour ?? null,
      heading: object.headingDegrees,
      on: object.on ?? [],
      hasMask: mask !== null,
      pixels,
      ...{ cx, cy, left, right, top, bottom },
    };
  });
  const { width, height } = scene;
  return { things, width, height, diagonal: Math.hypot(width, height), distances: new Map() };
}

/** The ids that a form means, rising; `wrong` where its grammar does not fit what was found ("the" of several). */
export function slowMeaning(form: Form, world: World): number[] | 'wrong' {
  switch (form.form) {
    case 'the': {
      const found = find(form.things, world);
      return found.length > 1 ? 'wrong' : ids(found);
    }
    case 'all': {
      const found = find(form.things, world);
      if (found.length === 1 || (form.count !== undefined && form.count !== found.length)) return 'wrong';
      return ids(found);
    }
    case 'cover':
      return ids(find(form.things, world));
    case 'except': {
      const [but, ...more] = find(form.but, world);
      if (!but || more.length > 0) return 'wrong';
      return ids(find(form.things, world).filter((thing) => thing !== but));
    }
    case 'union': {
      const all = new Set<number>();
      for (const part of form.parts) {
        const found = slowMeaning(part, world);
        if (found === 'wrong') return 'wrong';
        for (const id of found) all.add(id);
      }
      return [...all].sort((a, b) => a - b);
    }
  }
}

const ids = (things: readonly Thing[]): number[] => things.map(({ id }) => id).sort((a, b) => a - b);

function find(phrase: Things, world: World): Thing[] {
  const kind = world.things.filter(({ category }) => phrase.categories.includes(category));
  let found = kind;
  for (const test of phrase.tests) found = found.filter((thing) => isTrue(test, thing, kind, world));
  const pick = phrase.pick;
  if (!pick || found.length === 0) return found;
  const nth = (key: (thing: Thing) => number, rank: number): Thing[] =>
    [...found].sort((a, b) => key(a) - key(b)).slice(rank - 1, rank);
  switch (pick.pick) {
    case 'fromSide': {
      const keys = {
        left: (thing: Thing) => thing.cx,
        right: (thing: Thing) => -thing.cx,
        top: (thing: Thing) => thing.cy,
        bottom: (thing: Thing) => -thing.cy,
      };
      return nth(keys[pick.side], pick.rank);
    }
    case 'bySize': {
      const area = areaAmong(found);
      return nth((thing) => (pick.size === 'large' ? -area(thing) : area(thing)), pick.rank);
    }
    case 'mostCentral':
      return nth((thing) => (thing.cx - world.width / 2) ** 2 + (thing.cy - world.height / 2) ** 2, 1);
    case 'nearest': {
      const [anchor] = find(pick.to, world);
      found = found.filter((thing) => thing !== anchor);
      return anchor ? nth((thing) => distance(thing, anchor, world), 1) : [];
    }
    case 'farthest': {
      const [anchor] = find(pick.from, world);
      found = found.filter((thing) => thing !== anchor);
      return anchor ? nth((thing) => -distance(thing, anchor, world), 1) : [];
    }
    case 'group': {
      const groups = groupsOf(found).filter((group) => group.length >= 3);
      if (pick.shape === 'cluster') return groups.length === 1 && groups[0].length < found.length ? groups[0] : [];
      const rows = groups.filter(isRow);
      return rows.length === 1 ? rows[0] : [];
    }
  }
}

/** Areas, of boxes where one of the things has only a box. */
function areaAmong(things: readonly Thing[]): (thing: Thing) => number {
  const masked = things.every(({ hasMask }) => hasMask);
  return (thing) => (masked ? thing.pixels.length : (thing.right - thing.left) * (thing.bottom - thing.top));
}

function isTrue(test: Test, thing: Thing, kind: readonly Thing[], world: World): boolean {
  switch (test.test) {
    case 'colour':
      return thing.colour === test.colour;
    case 'heading': {
      const wanted = { top: 0, right: 90, bottom: 180, left: 270 }[test.toward];
      const heading = thing.heading ?? 1000;
      return [-360, 0, 360].some((turn) => Math.abs(heading - wanted + turn) < 45);
    }
    case 'place':
      return isThere(test.place, thing, world);
    case 'size': {
      const others = kind.filter((other) => other !== thing);
      const area = areaAmong(kind);
      const sorted = others.map(area).sort((a, b) => a - b);
      const half = sorted.length / 2;
      const median = (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
      return test.size === 'large' ? area(thing) > 1.5 * median : area(thing) * 1.5 < median;
    }
    case 'relation': {
      const anchors = find(test.anchor.things, world).filter((other) => other !== thing);
      return anchors.some((other) => isRelated(test.relation, thing, other, world));
    }
    case 'between': {
      const ends = [...find(test.first, world), ...(test.second ? find(test.second, world) : [])];
      if (ends.length !== 2 || ends.includes(thing)) return false;
      const [b, c] = ends;
      // How far along the line from b to c the closest point to the thing lies, by search.
      let best = { along: 0, squared: Number.POSITIVE_INFINITY };
      for (let step = -1000; step <= 2000; step++) {
        const along = step / 1000;
        const squared = (b.cx + (c.cx - b.cx) * along - thing.cx) ** 2 + (b.cy + (c.cy - b.cy) * along - thing.cy) ** 2;
        if (squared < best.squared) best = { along, squared };
      }
      const span = Math.hypot(c.cx - b.cx, c.cy - b.cy);
      return best.along > 0.1 && best.along < 0.9 && Math.sqrt(best.squared) < 0.35 * span;
    }
    case 'surrounded': {
      const near = find(test.by, world).filter((other) => other !== thing && isNear(thing, other, world));
      if (near.length < 3) return false;
      // No sector of 160 degrees is free of them.
      const directions = near.map((other) => (Math.atan2(other.cy - thing.cy, other.cx - thing.cx) * 180) / Math.PI);
      for (let start = 0; start < 360; start++) {
        const free = directions.every((direction) => (((direction - start) % 360) + 360) % 360 > 160);
        if (free) return false;
      }
      return true;
    }
    case 'compare': {
      const [than] = find(test.than, world);
      if (!than) return false;
      const area = areaAmong([thing, than]);
      return test.by === 'larger' ? area(thing) > area(than) : area(thing) < area(than);
    }
    case 'not':
      return !isTrue(test.of, thing, kind, world);
  }
}

function isThere(place: string, { cx, cy, left, right, top, bottom }: Thing, { width, height }: World): boolean {
  const x = cx / width;
  const y = cy / height;
  const [isLeft, isRight, isTop, isBottom] = [x < 0.45, x > 0.55, y < 0.45, y > 0.55];
  const [midX, midY] = [Math.abs(x - 0.5) < 0.18, Math.abs(y - 0.5) < 0.18];
  const [farLeft, farRight, farTop, farBottom] = [x < 0.33, x > 0.67, y < 0.33, y > 0.67];
  const places: Record<string, boolean> = {
    left: isLeft,
    right: isRight,
    top: isTop,
    bottom: isBottom,
    topLeft: isTop && isLeft,
    topRight: isTop && isRight,
    bottomLeft: isBottom && isLeft,
    bottomRight: isBottom && isRight,
    centre: midX && midY,
    topCentre: isTop && midX,
    bottomCentre: isBottom && midX,
    leftCentre: isLeft && midY,
    rightCentre: isRight && midY,
    topLeftCorner: farTop && farLeft,
    topRightCorner: farTop && farRight,
    bottomLeftCorner: farBottom && farLeft,
    bottomRightCorner: farBottom && farRight,
    corner: (farTop || farBottom) && (farLeft || farRight),
    leftEdge: left / width < 0.05,
    rightEdge: right / width > 0.95,
    topEdge: top / height < 0.05,
    bottomEdge: bottom / height > 0.95,
  };
  if (!(place in places)) throw new Error(`the slow evaluator knows no place ${place}`);
  return places[place];
}

function isRelated(relation: string, a: Thing, b: Thing, world: World): boolean {
  const inside = (value: number, low: number, high: number): number => Math.max(low - value, 0, value - high);
  const aside = { x: inside(a.cx, b.left, b.right), y: inside(a.cy, b.top, b.bottom) };
  switch (relation) {
    case 'leftOf':
      return a.cx < b.left && aside.y <= b.left - a.cx;
    case 'rightOf':
      return a.cx > b.right && aside.y <= a.cx - b.right;
    case 'above':
      return a.cy < b.top && aside.x <= b.top - a.cy;
    case 'below':
      return a.cy > b.bottom && aside.x <= a.cy - b.bottom;
    case 'near':
      return isNear(a, b, world);
    case 'on': {
      if (a.on.includes(b.id)) return true;
      const there = new Set(b.pixels.map(([x, y]) => y * world.width + x));
      return a.pixels.filter(([x, y]) => there.has(y * world.width + x)).length > 0.5 * a.pixels.length;
    }
    default:
      throw new Error(`the slow evaluator knows no relation ${relation}`);
  }
}

const lengthOf = ({ left, right, top, bottom }: Thing): number => Math.sqrt((right - left) * (bottom - top));

function isNear(a: Thing, b: Thing, world: World): boolean {
  const usual = (0.8 * (lengthOf(a) + lengthOf(b))) / 2;
  const reach = Math.max(0.02 * world.diagonal, Math.min(0.08 * world.diagonal, usual));
  return distance(a, b, world) <= 1.5 * reach + 1;
}

/** Between the closest pixels of two things; 0 where they share some. */
function distance(a: Thing, b: Thing, world: World): number {
  const key = a.id < b.id ? `${a.id} ${b.id}` : `${b.id} ${a.id}`;
  const known = world.distances.get(key);
  if (known !== undefined) return known;
  const border = (thing: Thing): (readonly [number, number])[] => {
    const set = new Set(thing.pixels.map(([x, y]) => `${x} ${y}`));
    return thing.pixels.filter(([x, y]) =>
      [`${x - 1} ${y}`, `${x + 1} ${y}`, `${x} ${y - 1}`, `${x} ${y + 1}`].some((other) => !set.has(other)),
    );
  };
  const others = border(b);
  const inside = new Set(b.pixels.map(([x, y]) => `${x} ${y}`));
  let smallest = a.pixels.some(([x, y]) => inside.has(`${x} ${y}`)) ? 0 : Number.POSITIVE_INFINITY;
  for (const [x, y] of border(a)) {
    for (const [u, v] of others) smallest = Math.min(smallest, (x - u) ** 2 + (y - v) ** 2);
  }
  world.distances.set(key, Math.sqrt(smallest));
  return Math.sqrt(smallest);
}

/** Things within 1.2 mean lengths of each other, box to box, and what they lead to. */
function groupsOf(things: readonly Thing[]): Thing[][] {
  const left = new Set(things);
  const groups: Thing[][] = [];
  for (const first of things) {
    if (!left.delete(first)) continue;
    const group = [first];
    for (const member of group) {
      for (const other of [...left]) {
        const dx = Math.max(member.left - other.right, other.left - member.right, 0);
        const dy = Math.max(member.top - other.bottom, other.top - member.bottom, 0);
        if (Math.sqrt(dx * dx + dy * dy) > 0.6 * (lengthOf(member) + lengthOf(other))) continue;
        left.delete(other);
        group.push(other);
      }
    }
    groups.push(group);
  }
  return groups;
}

/** Centres within 0.65 mean lengths of the best line through their mean, and longer than wide. */
function isRow(things: readonly Thing[]): boolean {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(things.map(({ cx }) => cx));
  const y = mean(things.map(({ cy }) => cy));
  let best = { squares: Number.POSITIVE_INFINITY, widest: 0, extent: 0 };
  for (let step = 0; step < 1800; step++) {
    const angle = (step / 1800) * Math.PI;
    const off = things.map(({ cx, cy }) => Math.abs((cy - y) * Math.cos(angle) - (cx - x) * Math.sin(angle)));
    const along = things.map(({ cx, cy }) => (cx - x) * Math.cos(angle) + (cy - y) * Math.sin(angle));
    const squares = off.reduce((sum, value) => sum + value * value, 0);
    if (squares < best.squares) {
      best = { squares, widest: Math.max(...off), extent: Math.max(...along) - Math.min(...along) };
    }
  }
  return best.widest < 0.65 * mean(things.map(lengthOf)) && best.extent > 3 * best.widest;
}
