/** A point in the plan, metres. */
export type Point = readonly [number, number];
/** A closed outline; the last point joins the first. */
export type Ring = readonly Point[];

/** A rectangle centred at (x, y), its length along `heading` (radians, from +x towards +y). */
export function rectangle(x: number, y: number, length: number, width: number, heading = 0): Ring {
  const [a, b] = [length / 2, width / 2];
  return place(
    [
      [-a, -b],
      [a, -b],
      [a, b],
      [-a, b],
    ],
    x,
    y,
    heading,
  );
}

/** A rectangle with its corners cut, for bodies that look rounded from above. */
export function roundedRectangle(length: number, width: number, radius: number): Ring {
  const [a, b] = [length / 2, width / 2];
  const r = Math.min(radius, a, b);
  const q = r * 0.3;
  return [
    [-a + r, -b],
    [a - r, -b],
    [a - q, -b + q],
    [a, -b + r],
    [a, b - r],
    [a - q, b - q],
    [a - r, b],
    [-a + r, b],
    [-a + q, b - q],
    [-a, b - r],
    [-a, -b + r],
    [-a + q, -b + q],
  ];
}

/** A circle as a polygon of `sides` corners. */
export function disc(x: number, y: number, radius: number, sides = 28): Ring {
  return ellipse(x, y, radius, radius, 0, sides);
}

/** An ellipse as a polygon; `a` along `heading`. */
export function ellipse(x: number, y: number, a: number, b: number, heading = 0, sides = 36): Ring {
  const ring: Point[] = [];
  const [c, s] = [Math.cos(heading), Math.sin(heading)];
  for (let index = 0; index < sides; index++) {
    const angle = (2 * Math.PI * index) / sides;
    const [u, v] = [a * Math.cos(angle), b * Math.sin(angle)];
    ring.push([x + u * c - v * s, y + u * s + v * c]);
  }
  return ring;
}

/** Part of a circle's line, both ends included. */
export function arc(x: number, y: number, radius: number, from: number, to: number, steps = 16): Point[] {
  return Array.from({ length: steps + 1 }, (_, index): Point => {
    const angle = from + ((to - from) * index) / steps;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}

/** Moves an outline drawn around the origin to (x, y), turned by `heading`. */
export function place(ring: Ring, x: number, y: number, heading = 0, scale = 1): Ring {
  const [c, s] = [Math.cos(heading) * scale, Math.sin(heading) * scale];
  return ring.map(([u, v]): Point => [x + u * c - v * s, y + u * s + v * c]);
}

/** Shifts an outline. */
export function shift(ring: Ring, dx: number, dy: number): Ring {
  return ring.map(([x, y]): Point => [x + dx, y + dy]);
}

/** Signed area by the shoelace formula; positive where the outline turns from +x to +y. */
export function signedArea(ring: Ring): number {
  let sum = 0;
  for (let index = 0, last = ring.length - 1; index < ring.length; last = index++) {
    sum += ring[last][0] * ring[index][1] - ring[index][0] * ring[last][1];
  }
  return sum / 2;
}

/** A line of some width: one quadrilateral a segment and a disc at every inner joint (their union is the ribbon). */
export function ribbon(line: readonly Point[], width: number): Ring[] {
  const rings: Ring[] = [];
  for (let index = 1; index < line.length; index++) {
    const [x0, y0] = line[index - 1];
    const [x1, y1] = line[index];
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length === 0) continue;
    const [nx, ny] = [(-(y1 - y0) / length) * (width / 2), ((x1 - x0) / length) * (width / 2)];
    rings.push([
      [x0 + nx, y0 + ny],
      [x0 - nx, y0 - ny],
      [x1 - nx, y1 - ny],
      [x1 + nx, y1 + ny],
    ]);
    if (index > 1) rings.push(disc(x0, y0, width / 2, 14));
  }
  return rings;
}

/** A line moved sideways by `offset` (to the right of its direction where y points down). */
export function offsetLine(line: readonly Point[], offset: number): Point[] {
  return line.map(([x, y], index): Point => {
    const before = line[Math.max(0, index - 1)];
    const after = line[Math.min(line.length - 1, index + 1)];
    const length = Math.hypot(after[0] - before[0], after[1] - before[1]) || 1;
    return [x - ((after[1] - before[1]) / length) * offset, y + ((after[0] - before[0]) / length) * offset];
  });
}

/** A smooth line through all points (Catmull and Rom). */
export function smooth(points: readonly Point[], steps = 8): Point[] {
  const line: Point[] = [];
  for (let index = 0; index + 1 < points.length; index++) {
    const p0 = points[Math.max(0, index - 1)];
    const p1 = points[index];
    const p2 = points[index + 1];
    const p3 = points[Math.min(points.length - 1, index + 2)];
    for (let step = 0; step < steps; step++) {
      const t = step / steps;
      const mix = (a: number, b: number, c: number, d: number): number =>
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t);
      line.push([mix(p0[0], p1[0], p2[0], p3[0]), mix(p0[1], p1[1], p2[1], p3[1])]);
    }
  }
  line.push(points[points.length - 1]);
  return line;
}

/** A smooth closed outline through all points. */
export function smoothRing(points: readonly Point[], steps = 6): Ring {
  const count = points.length;
  const padded = [points[count - 1], ...points, points[0], points[1]];
  const line = smooth(padded, steps);
  return line.slice(steps, steps + count * steps);
}

/** A point at `distance` along a line, with the direction there; clamps at the ends. */
export function along(line: readonly Point[], distance: number): { x: number; y: number; heading: number } {
  let left = distance;
  for (let index = 1; index < line.length; index++) {
    const [x0, y0] = line[index - 1];
    const [x1, y1] = line[index];
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (left <= length || index === line.length - 1) {
      const t = length === 0 ? 0 : Math.min(1, left / length);
      return { x: x0 + (x1 - x0) * t, y: y0 + (y1 - y0) * t, heading: Math.atan2(y1 - y0, x1 - x0) };
    }
    left -= length;
  }
  return { x: line[0][0], y: line[0][1], heading: 0 };
}

/** The length of a line. */
export function lengthOf(line: readonly Point[]): number {
  let sum = 0;
  for (let index = 1; index < line.length; index++) {
    sum += Math.hypot(line[index][0] - line[index - 1][0], line[index][1] - line[index - 1][1]);
  }
  return sum;
}

/** Whether a point lies inside an outline (even-odd). */
export function contains(ring: Ring, x: number, y: number): boolean {
  let inside = false;
  for (let index = 0, last = ring.length - 1; index < ring.length; last = index++) {
    const [x1, y1] = ring[index];
    const [x0, y0] = ring[last];
    if (y1 > y !== y0 > y && x < ((x0 - x1) * (y - y1)) / (y0 - y1) + x1) inside = !inside;
  }
  return inside;
}

/** The convex hull of points (Andrew's monotone chain). */
export function convexHull(points: readonly Point[]): Ring {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (list: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of list) {
      while (chain.length > 1) {
        const [ax, ay] = chain[chain.length - 2];
        const [bx, by] = chain[chain.length - 1];
        if ((bx - ax) * (point[1] - ay) - (by - ay) * (point[0] - ax) > 0) break;
        chain.pop();
      }
      chain.push(point);
    }
    chain.pop();
    return chain;
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

function isConvex(ring: Ring): boolean {
  let sign = 0;
  for (let index = 0; index < ring.length; index++) {
    const [ax, ay] = ring[index];
    const [bx, by] = ring[(index + 1) % ring.length];
    const [cx, cy] = ring[(index + 2) % ring.length];
    const turn = (bx - ax) * (cy - by) - (by - ay) * (cx - bx);
    if (turn * sign < 0) return false;
    if (Math.abs(turn) > 1e-12) sign = Math.sign(turn);
  }
  return true;
}

/**
 * What an outline sweeps when it moves by (dx, dy), as outlines whose union it is: one hull for a convex outline, else
 * the outline, the moved one, and a quadrilateral an edge.
 */
export function sweep(ring: Ring, dx: number, dy: number): Ring[] {
  if (dx === 0 && dy === 0) return [ring];
  const moved = shift(ring, dx, dy);
  if (isConvex(ring)) return [convexHull([...ring, ...moved])];
  const rings: Ring[] = [ring, moved];
  for (let index = 0, last = ring.length - 1; index < ring.length; last = index++) {
    rings.push([ring[last], ring[index], moved[index], moved[last]]);
  }
  return rings;
}
