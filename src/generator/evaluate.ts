import { rowsAndClusters } from './grouping.js';
import type { Anchor, Form, Pick, Test, Things } from './logicalForm.js';
import type { Scene } from './scene.js';
import { outlineDistance, type PreparedScene, prepareScene, type Shape, shareInside } from './shapes.js';
import { compareSize, isLarge, isSmall, pickBySize } from './size.js';
import { isAtPlace, isBetween, isHeading, isRelated, isSurrounded } from './spatial.js';
import { both, negate, type Truth } from './truth.js';

/** A thing that may belong to what a phrase names, and how surely. Truth 0 is left out. */
export interface Member {
  readonly shape: Shape;
  readonly truth: Truth;
}

/** The things of a phrase: its members, or `borderline` where a choice among them is not clear. */
export type Members = readonly Member[] | 'borderline';

/**
 * What a sentence means in a scene: the ids of its targets, rising (none for a clear absence), or `borderline` with
 * the reason: some thing may or may not be meant, "the" has several candidates, or a count or choice is not clear.
 */
export type Meaning =
  | { readonly outcome: 'targets'; readonly targets: readonly number[] }
  | { readonly outcome: 'borderline'; readonly reason: string };

const borderline = (reason: string): Meaning => ({ outcome: 'borderline', reason });

/** Finds what a logical form means in a scene, with margins: nothing that two people could judge differently. */
export function evaluate(form: Form, scene: Scene): Meaning {
  return meaningOf(form, prepareScene(scene), new Map());
}

type Store = Map<Things, Members>;

function meaningOf(form: Form, scene: PreparedScene, store: Store): Meaning {
  switch (form.form) {
    case 'the':
    case 'all':
    case 'cover': {
      const members = membersOf(form.things, scene, store);
      const shapes = certain(members);
      if (!shapes) return borderline('a thing may or may not be meant');
      if (form.form === 'the' && shapes.length > 1) return borderline('several things fit "the"');
      if (form.form === 'all') {
        if (shapes.length === 1) return borderline('one thing fits "all"');
        if (form.count !== undefined && form.count !== shapes.length) return borderline('the count differs');
        if (shapes.some(({ object }) => object.cover)) return borderline('land cover is not counted');
      }
      if (form.form === 'cover' && !shapes.every(({ object }) => object.cover)) return borderline('no land cover');
      return targetsOf(shapes);
    }
    case 'except': {
      const domain = certain(membersOf(form.things, scene, store));
      const but = certain(membersOf(form.but, scene, store));
      if (!domain || !but) return borderline('a thing may or may not be meant');
      if (but.length !== 1 || !domain.includes(but[0])) return borderline('the exception is not one of them');
      if (domain.length < 3 || domain.some(({ object }) => object.cover)) return borderline('too few are left');
      return targetsOf(domain.filter((shape) => shape !== but[0]));
    }
    case 'union': {
      const targets: number[] = [];
      for (const part of form.parts) {
        const meaning = meaningOf(part, scene, store);
        if (meaning.outcome === 'borderline') return meaning;
        if (meaning.targets.length === 0) return borderline('a part is absent');
        if (meaning.targets.some((id) => targets.includes(id))) return borderline('parts overlap');
        targets.push(...meaning.targets);
      }
      return { outcome: 'targets', targets: targets.sort((a, b) => a - b) };
    }
  }
}

const targetsOf = (shapes: readonly Shape[]): Meaning => ({
  outcome: 'targets',
  targets: shapes.map(({ object }) => object.id).sort((a, b) => a - b),
});

/** The shapes, where every membership is certain; else null. */
export function certain(members: Members): readonly Shape[] | null {
  if (members === 'borderline' || members.some(({ truth }) => truth !== 1)) return null;
  return members.map(({ shape }) => shape);
}

/** Every thing of the noun, before tests: certain ones, and those that the word may mean as well. */
export function thingsOfNoun(things: Things, scene: PreparedScene): readonly Member[] {
  const known = scene.ofNoun.get(things.categories);
  if (known) return known;
  const members: Member[] = [];
  for (const category of things.categories) {
    for (const shape of scene.byCategory.get(category) ?? []) {
      members.push({ shape, truth: shape.object.crowd ? 0.5 : 1 });
    }
  }
  for (const category of things.mayBe) {
    for (const shape of scene.byCategory.get(category) ?? []) members.push({ shape, truth: 0.5 });
  }
  scene.ofNoun.set(things.categories, members);
  return members;
}

/** The things that a phrase names in a scene. */
export function membersOf(things: Things, scene: PreparedScene, store: Store = new Map()): Members {
  const known = store.get(things);
  if (known) return known;
  const all = thingsOfNoun(things, scene);
  const passed: Member[] = [];
  for (const { shape, truth } of all) {
    let sum = truth;
    for (const test of things.tests) {
      if (sum === 0) break;
      sum = both(sum, holds(test, shape, all, scene, store));
    }
    if (sum > 0) passed.push({ shape, truth: sum });
  }
  const members = things.pick ? choose(things.pick, passed, scene, store) : passed;
  store.set(things, members);
  return members;
}

/** Does a test hold for one thing, among all things of its noun? */
export function holds(
  test: Test,
  shape: Shape,
  mates: readonly Member[],
  scene: PreparedScene,
  store: Store = new Map(),
): Truth {
  switch (test.test) {
    case 'colour':
      return shape.object.colour ? (shape.object.colour === test.colour ? 1 : 0) : 0.5;
    case 'size':
      return test.size === 'large' ? isLarge(shape, mates) : isSmall(shape, mates);
    case 'place':
      return isAtPlace(scene, shape, test.place);
    case 'heading':
      return isHeading(shape, test.toward);
    case 'not':
      // "Not next to the white ship" leaves open whether the white ship itself is meant.
      if (test.of.test === 'relation' && isItsOwnAnchor(test.of.anchor, shape, scene, store)) return 0.5;
      return negate(holds(test.of, shape, mates, scene, store));
    case 'relation':
      return related(test.anchor, shape, scene, store, (other) => isRelated(scene, shape, other, test.relation));
    case 'surrounded': {
      const members = membersOf(test.by, scene, store);
      return members === 'borderline' ? 0.5 : isSurrounded(scene, shape, members);
    }
    case 'between': {
      const first = certain(membersOf(test.first, scene, store));
      const second = test.second ? certain(membersOf(test.second, scene, store)) : [];
      if (!first || !second) return 0.5;
      const ends = [...first, ...second];
      if (ends.length !== 2 || ends[0] === ends[1] || (test.second && first.length !== 1)) return 0.5;
      return ends.includes(shape) ? 0 : isBetween(scene, shape, ends[0], ends[1]);
    }
    case 'compare': {
      const than = certain(membersOf(test.than, scene, store));
      if (than?.length !== 1) return 0.5;
      return than[0] === shape ? 0 : compareSize(shape, than[0], test.by);
    }
  }
}

function isItsOwnAnchor({ anchor, things }: Anchor, shape: Shape, scene: PreparedScene, store: Store): boolean {
  const members = membersOf(things, scene, store);
  return anchor === 'the' && members !== 'borderline' && members.some((member) => member.shape === shape);
}

function related(
  anchor: Anchor,
  shape: Shape,
  scene: PreparedScene,
  store: Store,
  relation: (other: Shape) => Truth,
): Truth {
  const members = membersOf(anchor.things, scene, store);
  if (members === 'borderline') return 0.5;
  if (anchor.anchor === 'the') {
    if (members.length === 0) return 0;
    if (members.length > 1 || members[0].truth !== 1) return 0.5;
    return members[0].shape === shape ? 0 : relation(members[0].shape);
  }
  let found: Truth = 0;
  for (const member of members) {
    if (member.shape === shape) continue;
    const truth = both(member.truth, relation(member.shape));
    if (truth > found) found = truth;
    if (found === 1) break;
  }
  return found;
}

function choose(pick: Pick, members: readonly Member[], scene: PreparedScene, store: Store): Members {
  if (members.length === 0) return [];
  const shapes = certain(members);
  if (!shapes) return 'borderline';
  const one = (shape: Shape | null): Members => (shape ? [{ shape, truth: 1 }] : 'borderline');
  if (shapes.some(({ object }) => object.cover)) return 'borderline';
  switch (pick.pick) {
    case 'fromSide': {
      if (pick.rank > shapes.length) return [];
      if (shapes.length < 2) return 'borderline';
      return one(nthFromSide(shapes, pick.side, pick.rank, scene));
    }
    case 'bySize': {
      if (pick.rank > shapes.length) return [];
      if (shapes.length < 2) return 'borderline';
      return one(pickBySize(shapes, pick.size, pick.rank));
    }
    case 'mostCentral': {
      if (shapes.length < 2) return 'borderline';
      const centre = ({ cx, cy }: Shape): number => Math.hypot(cx - scene.width / 2, cy - scene.height / 2);
      const sorted = [...shapes].sort((a, b) => centre(a) - centre(b));
      return one(centre(sorted[1]) - centre(sorted[0]) >= 0.08 * scene.diagonal ? sorted[0] : null);
    }
    case 'nearest':
    case 'farthest': {
      const anchors = membersOf(pick.pick === 'nearest' ? pick.to : pick.from, scene, store);
      if (anchors === 'borderline') return 'borderline';
      if (anchors.length === 0) return [];
      const anchor = certain(anchors);
      if (anchor?.length !== 1 || anchor[0].object.cover) return 'borderline';
      const others = shapes.filter((shape) => shape !== anchor[0]);
      if (others.length < 2) return 'borderline';
      return one(byDistance(others, anchor[0], pick.pick, scene));
    }
    case 'group': {
      const groups = rowsAndClusters(shapes);
      if (!groups) return 'borderline';
      const found = pick.shape === 'row' ? groups.row : groups.cluster;
      return found === 'borderline' ? 'borderline' : found.map((shape) => ({ shape, truth: 1 }));
    }
  }
}

/** The `rank`-th from a side where it stands clear of its neighbours in the order, by centre and by leading edge. */
function nthFromSide(
  shapes: readonly Shape[],
  side: 'left' | 'right' | 'top' | 'bottom',
  rank: number,
  scene: PreparedScene,
): Shape | null {
  const horizontal = side === 'left' || side === 'right';
  const sign = side === 'left' || side === 'top' ? 1 : -1;
  const centre = (shape: Shape): number => sign * (horizontal ? shape.cx : shape.cy);
  const edge = (shape: Shape): number =>
    horizontal ? (sign === 1 ? shape.x1 : -shape.x2) : sign === 1 ? shape.y1 : -shape.y2;
  const gap = 0.03 * (horizontal ? scene.width : scene.height);
  // What stretches over half the picture (a road) has no clear place in an order.
  if (shapes.some((shape) => (horizontal ? shape.width / scene.width : shape.height / scene.height) > 0.5)) return null;
  const sorted = [...shapes].sort((a, b) => centre(a) - centre(b));
  const target = sorted[rank - 1];
  const clear = sorted.every((shape, index) => {
    if (shape === target) return true;
    const after = index > rank - 1 ? 1 : -1;
    return after * (centre(shape) - centre(target)) >= gap && after * (edge(shape) - edge(target)) >= 0;
  });
  return clear ? target : null;
}

/** The nearest or farthest where centre and outline agree and the next one is clearly off. */
function byDistance(
  shapes: readonly Shape[],
  anchor: Shape,
  which: 'nearest' | 'farthest',
  scene: PreparedScene,
): Shape | null {
  // What lies on the anchor has no distance that one would speak of.
  if (shapes.some((shape) => shareInside(scene, shape, anchor) > 0)) return null;
  const sign = which === 'nearest' ? 1 : -1;
  const measured = shapes.map((shape) => ({
    shape,
    outline: outlineDistance(scene, shape, anchor),
    centre: Math.hypot(shape.cx - anchor.cx, shape.cy - anchor.cy),
  }));
  measured.sort((a, b) => sign * (a.outline - b.outline));
  const [best, ...rest] = measured;
  const clear = (value: number, other: number): boolean =>
    sign === 1
      ? other - value >= Math.max(0.3 * value, 0.03 * scene.diagonal)
      : value - other >= Math.max(0.3 * other, 0.05 * scene.diagonal);
  return rest.every((other) => clear(best.outline, other.outline) && clear(best.centre, other.centre))
    ? best.shape
    : null;
}
