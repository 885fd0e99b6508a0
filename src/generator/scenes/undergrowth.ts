import { cloudTile, tilePx } from './noise.js';
import type { Stage } from './stage.js';
import type { Grove } from './trees.js';

/**
 * Trees and bushes where nothing but ground was drawn, in clumps: what people leave alone grows over. `wild` scales
 * how much.
 */
export function growUndergrowth(stage: Stage, grove: Grove, wild: number): void {
  const { random, halfM } = stage;
  if (wild <= 0) return;
  // A share of bare pictures, many with some trees, a few closed woods.
  const perHectare = (random.next() < 0.25 ? random.uniform(0, 6) : random.uniform(6, 120)) * wild;
  const largest = random.uniform(2.2, 6);
  const tile = cloudTile(4, 0);
  const step = random.uniform(0.2, 1.2);
  const [ox, oy] = [random.integer(tilePx), random.integer(tilePx)];
  const areaHectares = (2 * halfM) ** 2 / 10_000;
  const tries = Math.min(900, Math.round(areaHectares * perHectare * 1.6));
  const plants: { x: number; y: number; radiusM: number }[] = [];
  for (let index = 0; index < tries; index++) {
    const [u, v] = [random.uniform(-halfM, halfM), random.uniform(-halfM, halfM)];
    const [c, s] = [Math.cos(stage.rotation), Math.sin(stage.rotation)];
    const [x, y] = [u * c + v * s, -u * s + v * c];
    const cell = tile[((Math.floor(v * step + oy) & 255) << 8) | (Math.floor(u * step + ox) & 255)];
    if (cell < random.uniform(-0.9, 0.5)) continue;
    const bush = random.next() < 0.35;
    const radiusM = bush ? random.uniform(0.5, 1.5) : random.uniform(1.3, largest);
    if (!stage.isFree(x, y)) continue;
    const clear = radiusM * 0.85;
    if (
      [0, 1.57, 3.14, 4.71].some((angle) => {
        const [px, py] = [x + clear * Math.cos(angle), y + clear * Math.sin(angle)];
        return stage.sees(px, py, 0) && !stage.isFree(px, py);
      })
    )
      continue;
    plants.push({ x, y, radiusM });
  }
  grove.plant(plants);
}
