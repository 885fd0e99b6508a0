import type { ColourName } from '../scene.js';
import { css, near, paintOf, type Rgb, shade, weighted } from './colour.js';
import { type Point, place, type Ring, rectangle, ribbon, roundedRectangle } from './geometry.js';
import { fillRing } from './ink.js';
import type { Stage } from './stage.js';

/** An excavator: tracks, turned house, boom, stick and bucket; marked as `digger`. */
export function drawDigger(stage: Stage, x: number, y: number, heading: number): void {
  if (!stage.sees(x, y, 12)) return;
  const { random } = stage;
  const size = random.uniform(0.8, 1.35);
  const colour = weighted<ColourName>(random, [
    ['yellow', 7],
    ['orange', 4],
    ['green', 1],
    ['red', 1],
    ['blue', 1],
    ['grey', 1],
  ]);
  const paint = paintOf(random, colour);
  const house = heading + random.uniform(-1.6, 1.6);
  const tracks = [-1, 1].map((side) => place(rectangle(0, side * 1.15 * size, 4.1 * size, 0.75 * size), x, y, heading));
  const body = place(
    roundedRectangle(3.3 * size, 2.6 * size, 0.5),
    x - Math.cos(house) * 0.5 * size,
    y - Math.sin(house) * 0.5 * size,
    house,
  );
  const reach = random.uniform(4.8, 7.6) * size;
  const side = -0.25 * size;
  const boomAt = (along: number): Point => [
    x + Math.cos(house) * along - Math.sin(house) * side,
    y + Math.sin(house) * along + Math.cos(house) * side,
  ];
  const boom = ribbon([boomAt(0.4 * size), boomAt(reach)], Math.max(0.6 * size, stage.gsdM));
  const bucket = place(rectangle(0, 0, 1.1 * size, 1.3 * size), ...boomAt(reach), house);
  const rings: Ring[] = [...tracks, body, ...boom, bucket];
  stage.castShadow([...tracks, body], 2.4);
  stage.castShadow(boom, 2);
  stage.fill(tracks, css([48, 46, 44]));
  stage.fill([body], css(paint));
  stage.fill(boom, css(shade(paint, 0.92)));
  stage.fill([bucket], css([70, 66, 60]));
  stage.local(x, y, house, (ctx) => {
    fillRing(ctx, rectangle(0.55 * size, 0.7 * size, 1.5 * size, 1 * size), css([50, 60, 72]));
    fillRing(ctx, rectangle(-1.55 * size, 0, 0.8 * size, 2.2 * size), css(shade(paint, 0.6)));
    fillRing(ctx, rectangle(0.5 * size, 0.7 * size, 0.9 * size, 0.7 * size), css(shade(paint, 1.1)));
  });
  stage.thing({ category: 'digger', rings, colour, heading: house, cuts: 'terrain' });
}

/** A tower crane: leaning mast, jib and counter-jib with ballast; marked as `construction tower`. */
export function drawTowerCrane(stage: Stage, x: number, y: number, heading: number): void {
  const { random } = stage;
  const heightM = random.uniform(28, 60);
  const jibM = random.uniform(35, 65);
  if (!stage.sees(x, y, jibM + heightM)) return;
  const colour = random.pick<ColourName>(['yellow', 'yellow', 'red', 'white', 'orange', 'blue']);
  const paint: Rgb = paintOf(random, colour);
  const mast = Math.max(1.9, stage.gsdM * 1.6);
  const [c, s] = [Math.cos(heading), Math.sin(heading)];
  const at = (ox: number, oy: number, along: number): Point => [ox + c * along, oy + s * along];
  const [sx, sy] = stage.light.shadow;
  const [hx, hy] = [x + sx * heightM, y + sy * heightM];
  const shadow = [
    ...ribbon(
      [
        [x, y],
        [hx, hy],
      ],
      mast * 0.6,
    ),
    ...ribbon([at(hx, hy, -jibM * 0.28), at(hx, hy, jibM)], mast * 0.6),
  ];
  stage.fill(shadow, `rgba(8,12,24,${(stage.light.shadowAlpha * 0.7).toFixed(3)})`);
  stage.fill([rectangle(x, y, 6, 6, heading)], css([150, 146, 138]));
  stage.tall({
    x,
    y,
    rank: 2,
    shadow: [],
    draw() {
      const [dx, dy] = stage.lean(x, y, heightM);
      const [tx, ty] = [x + dx, y + dy];
      const tower = ribbon(
        [
          [x, y],
          [tx, ty],
        ],
        mast,
      );
      const jib = ribbon([at(tx, ty, -jibM * 0.28), at(tx, ty, jibM)], Math.max(1.5, stage.gsdM * 1.2));
      const ballast = rectangle(tx - c * jibM * 0.25, ty - s * jibM * 0.25, 4.5, 3, heading);
      const cab = rectangle(tx, ty, 2.6, 2.6, heading);
      stage.fill([...tower, ...jib], css(shade(paint, 0.75), 0.75));
      const half = Math.max(0.6, stage.gsdM * 0.45);
      for (const offset of [-half, half]) {
        const [ox, oy] = [-s * offset, c * offset];
        stage.line([at(tx + ox, ty + oy, -jibM * 0.28), at(tx + ox, ty + oy, jibM)], 0.25, css(paint), { minPx: 0.6 });
        stage.line(
          [
            [x + ox, y + oy],
            [tx + ox, ty + oy],
          ],
          0.25,
          css(paint),
          { minPx: 0.6 },
        );
      }
      if (stage.gsdM < 0.35) {
        for (let along = -jibM * 0.26; along < jibM; along += 1.6) {
          const a = at(tx, ty, along);
          const b = at(tx, ty, along + 0.8);
          stage.line(
            [
              [a[0] - s * half * -1, a[1] + c * half * -1],
              [b[0] - s * half, b[1] + c * half],
            ],
            0.14,
            css(paint),
            { minPx: 0.4 },
          );
        }
      }
      stage.fill([ballast], css(near(random, [150, 148, 144], 0.1)));
      stage.fill([cab], css(shade(paint, 1.08)));
      stage.thing({ category: 'construction tower', rings: [...tower, ...jib, ballast, cab], colour, heading });
    },
  });
}
