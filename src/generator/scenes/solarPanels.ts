import { css, near, type Rgb, shade } from './colour.js';
import { rectangle } from './geometry.js';
import { fillRing } from './ink.js';
import type { Stage } from './stage.js';

/** Cell colours of one installation. */
export function panelPaint(stage: Stage): Rgb {
  return near(
    stage.random,
    stage.random.pick<Rgb>([
      [32, 42, 76],
      [24, 30, 52],
      [44, 58, 98],
      [38, 44, 60],
      [56, 74, 120],
    ]),
    0.12,
  );
}

/** One table of photovoltaic modules, `lengthM` along `heading`; marked. */
export function drawPanelTable(
  stage: Stage,
  x: number,
  y: number,
  heading: number,
  lengthM: number,
  widthM: number,
  paint: Rgb,
): void {
  if (!stage.sees(x, y, lengthM)) return;
  const outline = rectangle(x, y, lengthM, widthM, heading);
  stage.castShadow([outline], 1.4);
  stage.fill([outline], css(near(stage.random, paint, 0.06)));
  stage.local(x, y, heading, (ctx) => {
    const grid = css([150, 160, 180], 0.55);
    const line = Math.max(0.06, stage.gsdM * 0.25);
    const rows = Math.max(1, Math.round(widthM / 1.7));
    if (stage.gsdM < 0.7) {
      for (let row = 1; row < rows; row++) {
        fillRing(ctx, rectangle(0, -widthM / 2 + (widthM * row) / rows, lengthM, line), grid);
      }
    }
    if (stage.gsdM < 0.3) {
      for (let at = -lengthM / 2 + 1; at < lengthM / 2; at += 1) fillRing(ctx, rectangle(at, 0, line, widthM), grid);
    }
    fillRing(ctx, rectangle(0, -widthM * 0.35, lengthM, widthM * 0.3), css(shade(paint, 1.6), 0.25));
  });
  stage.thing({ category: 'photovolatic', rings: [outline], heading, colour: undefined, cuts: 'terrain' });
}

/** Rows of tables over a rectangle of the plan. */
export function drawSolarField(
  stage: Stage,
  box: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number },
): void {
  const { random } = stage;
  const paint = panelPaint(stage);
  const widthM = random.uniform(2.4, 7);
  const pitch = widthM + random.uniform(2.5, 7);
  const tableM = random.uniform(16, 70);
  const missing = random.uniform(0, 0.12);
  for (let y = box.y0 + pitch / 2; y + widthM / 2 < box.y1; y += pitch) {
    for (let x = box.x0; x + tableM * 0.5 < box.x1; x += tableM + 3) {
      if (random.next() < missing) continue;
      const length = Math.min(tableM, box.x1 - x);
      drawPanelTable(stage, x + length / 2, y, 0, length, widthM, paint);
    }
  }
}
