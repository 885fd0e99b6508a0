import { boxGap, type Shape } from './shapes.js';

/** Gap between two boxes, in mean lengths: linked below the first, apart above the second, borderline between. */
const linkLengths = { linked: 0.9, apart: 1.5 };
/** Widest offset from the line through a row, in mean lengths: a row below the first, none above the second. */
const rowOffset = { row: 0.4, none: 0.9 };
/** Pairs are compared one by one; more things than this are not grouped. */
const mostThings = 120;

/** What grouping finds: the things of the only row and of the only cluster; empty where there surely is none. */
export interface Groups {
  readonly row: readonly Shape[] | 'borderline';
  readonly cluster: readonly Shape[] | 'borderline';
}

/**
 * Groups things that lie close to each other. A row is three or more in a line; a cluster is the only group of three
 * or more, with others elsewhere. Null where it is unclear which things belong together.
 */
export function rowsAndClusters(shapes: readonly Shape[]): Groups | null {
  if (shapes.length > mostThings) return null;
  const group = shapes.map((_, index) => index);
  const find = (index: number): number => {
    let root = index;
    while (group[root] !== root) root = group[root];
    group[index] = root;
    return root;
  };
  const doubtful: [number, number][] = [];
  for (let i = 0; i < shapes.length; i++) {
    for (let j = i + 1; j < shapes.length; j++) {
      const gap = boxGap(shapes[i], shapes[j]) / ((shapes[i].length + shapes[j].length) / 2);
      if (gap <= linkLengths.linked) group[find(i)] = find(j);
      else if (gap < linkLengths.apart) doubtful.push([i, j]);
    }
  }
  // A doubtful pair matters only where it would join two groups.
  if (doubtful.some(([i, j]) => find(i) !== find(j))) return null;
  const groups = new Map<number, Shape[]>();
  for (const [index, shape] of shapes.entries()) {
    const root = find(index);
    groups.set(root, [...(groups.get(root) ?? []), shape]);
  }
  const large = [...groups.values()].filter((members) => members.length >= 3);
  const offsets = large.map(offsetFromLine);
  const rows = large.filter((_, index) => offsets[index] <= rowOffset.row);
  const perhaps = offsets.some((offset) => offset > rowOffset.row && offset < rowOffset.none);
  return {
    row: perhaps || rows.length > 1 ? 'borderline' : (rows[0] ?? []),
    cluster: large.length === 0 ? [] : large.length > 1 || large[0].length === shapes.length ? 'borderline' : large[0],
  };
}

/** Widest distance of a centre from the principal axis, in mean lengths; more where the group is not long. */
function offsetFromLine(shapes: readonly Shape[]): number {
  const mean = (value: (shape: Shape) => number): number =>
    shapes.reduce((sum, shape) => sum + value(shape), 0) / shapes.length;
  const x = mean(({ cx }) => cx);
  const y = mean(({ cy }) => cy);
  const xx = mean(({ cx }) => (cx - x) ** 2);
  const yy = mean(({ cy }) => (cy - y) ** 2);
  const xy = mean(({ cx, cy }) => (cx - x) * (cy - y));
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  const along = shapes.map(({ cx, cy }) => (cx - x) * Math.cos(angle) + (cy - y) * Math.sin(angle));
  const aside = shapes.map(({ cx, cy }) => Math.abs((cy - y) * Math.cos(angle) - (cx - x) * Math.sin(angle)));
  const extent = Math.max(...along) - Math.min(...along);
  const length = mean((shape) => shape.length);
  const widest = Math.max(...aside);
  const offset = widest / length;
  if (extent >= 1.5 * length && extent >= 4 * widest) return offset;
  // Too round to be a row, or nearly so.
  return Math.max(offset, extent <= 2.2 * widest ? rowOffset.none : (rowOffset.row + rowOffset.none) / 2);
}
