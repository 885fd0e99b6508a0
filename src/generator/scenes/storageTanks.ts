import type { ColourName } from '../scene.js';
import { css, paintOf, shade, weighted } from './colour.js';
import { disc, type Ring, shift, sweep } from './geometry.js';
import type { Stage } from './stage.js';

/** Draws an upright cylindrical tank with its foot centred at (x, y), and marks it. */
export function drawStorageTank(stage: Stage, x: number, y: number, radiusM: number, colour?: ColourName): void {
  if (!stage.sees(x, y, radiusM * 3)) return;
  const { random } = stage;
  const name =
    colour ??
    weighted<ColourName>(random, [
      ['white', 14],
      ['grey', 4],
      ['beige', 2],
      ['brown', 2],
      ['green', 1],
      ['blue', 1],
      ['black', 1],
    ]);
  const paint = paintOf(random, name);
  const heightM = Math.max(3, radiusM * random.uniform(0.5, 1.3));
  const foot = disc(x, y, radiusM, 36);
  const roofKind = random.pick(['cone', 'floating', 'dome', 'flat'] as const);
  const spokes = random.next() < 0.4;
  stage.tall({
    x,
    y,
    shadow: [{ ring: foot, heightM }],
    draw() {
      const [dx, dy] = stage.lean(x, y, heightM);
      const body = sweep(foot, dx, dy);
      const top: Ring = shift(foot, dx, dy);
      const { ctx } = stage;
      stage.fill(body, css(shade(paint, 0.72)));
      stage.fill([top], css(paint));
      const [tx, ty] = [x + dx, y + dy];
      const [sx, sy] = stage.light.shadow;
      const slope = Math.hypot(sx, sy) || 1;
      const [ux, uy] = [sx / slope, sy / slope];
      if (roofKind === 'floating') {
        // The rim throws its shadow on a roof that lies deeper.
        stage.fill([disc(tx, ty, radiusM * 0.93, 30)], css(shade(paint, 0.55)));
        stage.fill(
          [disc(tx + ux * radiusM * 0.12, ty + uy * radiusM * 0.12, radiusM * 0.82, 30)],
          css(shade(paint, 0.94)),
        );
      } else {
        const gradient = ctx.createLinearGradient(
          tx - ux * radiusM,
          ty - uy * radiusM,
          tx + ux * radiusM,
          ty + uy * radiusM,
        );
        const strong = roofKind === 'dome' ? 0.3 : roofKind === 'cone' ? 0.16 : 0.05;
        gradient.addColorStop(0, css(shade(paint, 1 + strong)));
        gradient.addColorStop(1, css(shade(paint, 1 - strong)));
        ctx.fillStyle = gradient;
        ctx.beginPath();
        ctx.arc(tx, ty, radiusM * 0.97, 0, 2 * Math.PI);
        ctx.fill();
        if (spokes) {
          for (let index = 0; index < 12; index++) {
            const angle = (index * Math.PI) / 6;
            stage.line(
              [
                [tx, ty],
                [tx + radiusM * 0.94 * Math.cos(angle), ty + radiusM * 0.94 * Math.sin(angle)],
              ],
              0.12,
              css(shade(paint, 0.84), 0.7),
              { minPx: 0.4 },
            );
          }
        }
        stage.fill([disc(tx, ty, Math.max(0.5, radiusM * 0.07), 10)], css(shade(paint, 0.7)));
      }
      stage.line(disc(tx, ty, radiusM, 36), 0.25, css(shade(paint, 0.66)), { closed: true, minPx: 0.5 });
      if (radiusM > 5) {
        const angle = random.uniform(0, 6.28);
        stage.line(
          [0, 0.2, 0.4, 0.6].map((step) => [
            tx + radiusM * 1.03 * Math.cos(angle + step),
            ty + radiusM * 1.03 * Math.sin(angle + step),
          ]),
          0.6,
          css(shade(paint, 0.5), 0.8),
          { minPx: 0.5 },
        );
      }
      stage.thing({ category: 'storage tank', rings: body, colour: name });
    },
  });
}
