import { css, mix, near, type Rgb } from './colour.js';
import { ellipse, place, type Ring, rectangle, smoothRing } from './geometry.js';
import type { Stage } from './stage.js';

/** A swimming pool with its deck; the water is marked. */
export function drawPool(stage: Stage, x: number, y: number, heading: number, lengthM: number): void {
  if (!stage.sees(x, y, lengthM)) return;
  const { random } = stage;
  const width = lengthM * random.uniform(0.4, 0.65);
  const shape = lengthM > 20 ? 'rectangle' : random.pick(['rectangle', 'rectangle', 'ellipse', 'kidney'] as const);
  const local: Ring =
    shape === 'rectangle'
      ? rectangle(0, 0, lengthM, width)
      : shape === 'ellipse'
        ? ellipse(0, 0, lengthM / 2, width / 2, 0, 24)
        : smoothRing([
            [-lengthM / 2, 0],
            [-lengthM * 0.2, -width / 2],
            [lengthM * 0.1, -width * 0.26],
            [lengthM * 0.42, -width / 2],
            [lengthM / 2, 0],
            [lengthM * 0.2, width / 2],
            [-lengthM * 0.3, width / 2],
          ]);
  const outline = place(local, x, y, heading);
  const deck = rectangle(x, y, lengthM + random.uniform(2, 5), width + random.uniform(2, 5), heading);
  stage.fill([deck], css(near(random, [196, 188, 174], 0.1)));
  const water = near(
    random,
    random.pick<Rgb>([
      [70, 170, 196],
      [92, 188, 204],
      [50, 140, 184],
      [110, 196, 196],
    ]),
    0.1,
  );
  stage.fill([outline], css(water));
  stage.local(x, y, heading, (ctx) => {
    // Deeper water is darker; one side lies in the rim's shadow.
    const gradient = ctx.createLinearGradient(-lengthM / 2, 0, lengthM / 2, 0);
    gradient.addColorStop(0, css(mix(water, [20, 70, 120], 0.35), 0.7));
    gradient.addColorStop(1, css(water, 0));
    ctx.fillStyle = gradient;
    ctx.beginPath();
    local.forEach(([u, v], index) => {
      if (index === 0) ctx.moveTo(u, v);
      else ctx.lineTo(u, v);
    });
    ctx.fill();
    if (lengthM > 18) {
      ctx.fillStyle = 'rgba(20,60,110,0.5)';
      for (let lane = 1; lane < 6; lane++) {
        ctx.fillRect(-lengthM * 0.46, -width / 2 + (width * lane) / 6 - 0.12, lengthM * 0.92, 0.24);
      }
    }
  });
  stage.line(outline, 0.35, 'rgba(235,235,230,0.8)', { closed: true, minPx: 0.4 });
  stage.thing({ category: 'pool', rings: [outline], heading, colour: 'blue', cuts: 'terrain' });
}
