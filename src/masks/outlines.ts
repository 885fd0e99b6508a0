import { columnSpans } from './columnSpans.js';
import { checkRle, type Rle } from './rle.js';

/** The outline of one connected piece of a mask: flat x, y rings along pixel edges, the last point not repeated. */
export interface MaskPolygon {
  /** Clockwise as one sees it (y points down). */
  readonly outer: number[];
  /** Counter-clockwise. */
  readonly holes: number[][];
}

/**
 * The exact outlines of a mask along its pixels' edges, a polygon for each piece whose pixels touch at their sides. No
 * ring passes a point twice: pieces and holes that touch at a corner share that point. Filled by the even-odd rule at
 * pixel centres they give the mask back.
 * @throws UserError when the mask is damaged.
 */
export function polygonsFromRle(rle: Rle): MaskPolygon[] {
  checkRle(rle);
  const edges = traceEdges(rle);
  const pieces = new Map<number, { outer: number[]; holes: number[][] }>();
  for (const ring of ringsOf(edges)) {
    const piece = pieceOf(edges, ring.edge);
    let polygon = pieces.get(piece);
    if (polygon === undefined) {
      polygon = { outer: [], holes: [] };
      pieces.set(piece, polygon);
    }
    for (const part of edges.hasTouchingCorners ? splitAtRepeatedPoints(ring.points, rle.height) : [ring.points]) {
      if (isClockwise(part)) polygon.outer = part;
      else polygon.holes.push(part);
    }
  }
  return [...pieces.values()];
}

/**
 * The outlines for formats that know no holes: one flat x, y ring for each piece, each hole joined to what lies above it
 * by a vertical channel without width. Filled by the even-odd rule at pixel centres (`rleFromPolygons` does) they give
 * the mask back.
 * @throws UserError when the mask is damaged.
 */
export function polygonsWithoutHoles(rle: Rle): number[][] {
  checkRle(rle);
  const edges = traceEdges(rle);
  const { next, rows } = edges;
  const previous = new Uint32Array(next.length);
  for (let edge = 0; edge < next.length; edge++) previous[next[edge]] = edge;
  for (const ring of [...ringsOf(edges)]) {
    if (isClockwise(ring.points)) continue;
    // The hole's highest edge is the lower end of a span; the span's upper end lies on another ring, with a higher top,
    // so that joining hole after hole can never go in a circle.
    let highest = ring.edge;
    for (let edge = next[ring.edge]; edge !== ring.edge; edge = next[edge])
      if (rows[edge] < rows[highest]) highest = edge;
    const above = highest - 1;
    const beforeAbove = previous[above];
    const afterHighest = next[highest];
    next[beforeAbove] = afterHighest;
    previous[afterHighest] = beforeAbove;
    next[highest] = above;
    previous[above] = highest;
  }
  return [...ringsOf(edges)].map(({ points }) => points);
}

/**
 * The horizontal pixel edges of an outline. Edges 2s and 2s + 1 are the top and the bottom of span s (see columnSpans):
 * tops run to the right, bottoms to the left, so that set pixels lie on the right hand.
 */
interface Edges {
  /** The row line of each edge. */
  readonly rows: Uint32Array;
  readonly columns: Uint32Array;
  /** The edge that follows on the ring. */
  readonly next: Uint32Array;
  /** For each span a span of the same piece nearer to its root; a root names itself. */
  readonly parents: Uint32Array;
  /** Whether two pixels anywhere touch at a corner only. */
  readonly hasTouchingCorners: boolean;
}

/**
 * Links the ends of the horizontal edges along each vertical line. Between two columns, the lines' stretches where just
 * one of the two is set are the vertical parts of the outline; each joins the edge that arrives at one end with the edge
 * that leaves from the other.
 */
function traceEdges(rle: Rle): Edges {
  const { first, rows: allRows } = columnSpans(rle);
  const { width } = rle;
  const length = first[width];
  const rows = allRows.subarray(0, length);
  const columns = new Uint32Array(length);
  const next = new Uint32Array(length);
  const parents = Uint32Array.from({ length: length >> 1 }, (_, span) => span);
  let hasTouchingCorners = false;
  for (let line = 0; line <= width; line++) {
    let before = line === 0 ? 0 : first[line - 1];
    const beforeEnd = line === 0 ? 0 : first[line];
    let here = line === width ? 0 : first[line];
    const hereEnd = line === width ? 0 : first[line + 1];
    columns.fill(line, here, hereEnd);
    let pending = -1;
    while (before < beforeEnd || here < hereEnd) {
      let takesBefore: boolean;
      if (here === hereEnd) takesBefore = true;
      else if (before === beforeEnd) takesBefore = false;
      else if (rows[before] !== rows[here]) takesBefore = rows[before] < rows[here];
      else {
        // Both change at one row. If one ends where the other begins, the pixels touch at a corner: the one that ends
        // goes first, which keeps the two apart.
        takesBefore = (before & 1) === 1;
        if (((before ^ here) & 1) === 1) hasTouchingCorners = true;
      }
      const edge = takesBefore ? before++ : here++;
      if (before < beforeEnd && here < hereEnd && (before & here & 1) === 1) unite(parents, before >> 1, here >> 1);
      if (pending < 0) {
        pending = edge;
        continue;
      }
      // Tops of the column before and bottoms of the column here arrive at this line; the others leave it.
      const arrives = takesBefore === ((edge & 1) === 0);
      if (arrives) next[edge] = pending;
      else next[pending] = edge;
      pending = -1;
    }
  }
  return { rows, columns, next, parents, hasTouchingCorners };
}

function rootOf(parents: Uint32Array, span: number): number {
  let root = span;
  while (parents[root] !== root) {
    parents[root] = parents[parents[root]];
    root = parents[root];
  }
  return root;
}

function unite(parents: Uint32Array, a: number, b: number): void {
  const rootA = rootOf(parents, a);
  const rootB = rootOf(parents, b);
  if (rootA < rootB) parents[rootB] = rootA;
  else parents[rootA] = rootB;
}

const pieceOf = (edges: Edges, edge: number): number => rootOf(edges.parents, edge >> 1);

/** Each ring once: an edge of it and its corners. */
function* ringsOf({ rows, columns, next }: Edges): Generator<{ edge: number; points: number[] }> {
  const seen = new Uint8Array(next.length);
  for (let start = 0; start < next.length; start++) {
    if (seen[start] === 1) continue;
    const points: number[] = [];
    let edge = start;
    do {
      seen[edge] = 1;
      const follower = next[edge];
      const line = columns[edge] + ((edge & 1) === 0 ? 1 : 0);
      const goesOn = rows[edge] === rows[follower] && ((edge ^ follower) & 1) === 0;
      if (!goesOn) {
        points.push(line, rows[edge]);
        if (rows[edge] !== rows[follower]) points.push(line, rows[follower]);
      }
      edge = follower;
    } while (edge !== start);
    yield { edge: start, points };
  }
}

/** Cuts a ring into rings that pass no point twice. */
function splitAtRepeatedPoints(points: readonly number[], height: number): number[][] {
  const parts: number[][] = [];
  const open: number[] = [];
  const placeOf = new Map<number, number>();
  for (let place = 0; place < points.length; place += 2) {
    const key = points[place] * (height + 1) + points[place + 1];
    const seenAt = placeOf.get(key);
    if (seenAt !== undefined) {
      const part = open.splice(seenAt);
      for (let point = 2; point < part.length; point += 2) placeOf.delete(part[point] * (height + 1) + part[point + 1]);
      parts.push(part);
    }
    placeOf.set(key, open.length);
    open.push(points[place], points[place + 1]);
  }
  parts.push(open);
  return parts;
}

/** Whether a ring runs clockwise as one sees it, y pointing down. */
function isClockwise(points: readonly number[]): boolean {
  let doubleArea = 0;
  let fromX = points[points.length - 2];
  let fromY = points[points.length - 1];
  for (let place = 0; place < points.length; place += 2) {
    doubleArea += fromX * points[place + 1] - points[place] * fromY;
    fromX = points[place];
    fromY = points[place + 1];
  }
  return doubleArea > 0;
}
