import type { ColourName } from '../scene.js';
import { css, paintOf, shade, weighted } from './colour.js';
import { rectangle } from './geometry.js';
import { fillRing } from './ink.js';
import type { Stage } from './stage.js';

const paints: readonly (readonly [ColourName, number])[] = [
  ['red', 4],
  ['blue', 5],
  ['green', 3],
  ['white', 3],
  ['orange', 3],
  ['grey', 2],
  ['brown', 2],
  ['yellow', 2],
];

/** A shipping container of 20 or 40 feet; `stack` of them high. Marked one by one. */
export function drawContainer(
  stage: Stage,
  x: number,
  y: number,
  heading: number,
  lengthM: 6.06 | 12.19,
  stack = 1,
  colour: ColourName = weighted(stage.random, paints),
): void {
  if (!stage.sees(x, y, lengthM)) return;
  const paint = paintOf(stage.random, colour);
  const outline = rectangle(x, y, lengthM, 2.44, heading);
  const heightM = 2.6 * stack;
  stage.tall({
    x,
    y,
    shadow: [{ ring: outline, heightM }],
    draw() {
      const [dx, dy] = stage.lean(x, y, heightM);
      if (Math.hypot(dx, dy) > stage.gsdM * 0.5) {
        const side = rectangle(x + dx / 2, y + dy / 2, lengthM, 2.44, heading);
        stage.fill([outline, side], css(shade(paint, 0.6)));
      }
      const top = rectangle(x + dx, y + dy, lengthM, 2.44, heading);
      stage.fill([top], css(paint));
      stage.local(x + dx, y + dy, heading, (ctx) => {
        // Corrugation and a lighter frame; too fine to show at coarse resolution.
        if (stage.gsdM < 0.22) {
          for (let at = -lengthM / 2 + 0.5; at < lengthM / 2; at += 0.55) {
            fillRing(ctx, rectangle(at, 0, 0.14, 2.2), css(shade(paint, 0.84), 0.8));
          }
        }
        ctx.strokeStyle = css(shade(paint, 0.62), 0.8);
        ctx.lineWidth = Math.max(0.12, stage.gsdM * 0.35);
        ctx.strokeRect(-lengthM / 2, -1.22, lengthM, 2.44);
      });
      stage.thing({ category: 'container', rings: [outline, top], colour, heading });
    },
  });
}

/** A block of containers side by side, like those of a terminal. */
export function drawContainerBlock(
  stage: Stage,
  x: number,
  y: number,
  heading: number,
  columns: number,
  rows: number,
): void {
  const { random } = stage;
  const lengthM = random.next() < 0.65 ? 12.19 : 6.06;
  const fill = random.uniform(0.5, 0.97);
  const lead = weighted(random, paints);
  const alike = random.uniform(0, 0.5);
  const [c, s] = [Math.cos(heading), Math.sin(heading)];
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      if (random.next() > fill) continue;
      const u = (column - (columns - 1) / 2) * (lengthM + 0.7);
      const v = (row - (rows - 1) / 2) * 2.75;
      drawContainer(
        stage,
        x + u * c - v * s,
        y + u * s + v * c,
        heading,
        lengthM,
        1 + random.integer(4),
        random.next() < alike ? lead : weighted(random, paints),
      );
    }
  }
}
