import { css, near } from './colour.js';
import { type Point, smoothRing } from './geometry.js';
import { layGround } from './ground.js';
import type { Stage } from './stage.js';

/** A pond or lake; marked. */
export function drawLake(stage: Stage, x: number, y: number, a: number, b: number): void {
  const { random } = stage;
  const points: Point[] = Array.from({ length: 11 }, (_, index) => {
    const angle = (index / 11) * 2 * Math.PI;
    const r = random.uniform(0.72, 1.12);
    return [x + a * r * Math.cos(angle), y + b * r * Math.sin(angle)];
  });
  const ring = smoothRing(points);
  const grown = smoothRing(points.map(([px, py]): Point => [x + (px - x) * 1.05, y + (py - y) * 1.05]));
  stage.fill([grown], css(near(random, [112, 104, 78], 0.2), 0.8));
  layGround(stage, [ring], 'water', { label: 'lake' });
}
