import type { Point, Ring } from './geometry.js';
import type { Context } from './stage.js';

/** Fills one outline in the current frame of a context. */
export function fillRing(ctx: Context, ring: Ring, style: string): void {
  ctx.beginPath();
  traceRing(ctx, ring);
  ctx.fillStyle = style;
  ctx.fill();
}

/** Fills several outlines at once. */
export function fillRings(ctx: Context, rings: readonly Ring[], style: string): void {
  ctx.beginPath();
  for (const ring of rings) traceRing(ctx, ring);
  ctx.fillStyle = style;
  ctx.fill();
}

/** Strokes an open line or closed outline in the current frame. */
export function strokeLine(ctx: Context, points: readonly Point[], width: number, style: string, closed = false): void {
  ctx.beginPath();
  points.forEach(([x, y], index) => {
    if (index === 0) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
  });
  if (closed) ctx.closePath();
  ctx.strokeStyle = style;
  ctx.lineWidth = width;
  ctx.stroke();
}

function traceRing(ctx: Context, ring: Ring): void {
  ring.forEach(([x, y], index) => {
    if (index === 0) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
  });
  ctx.closePath();
}
