import type { ColourName } from '../scene.js';
import { css, near, paintOf, type Rgb, shade } from './colour.js';
import { along, lengthOf, type Point, place, type Ring, rectangle, ribbon, roundedRectangle } from './geometry.js';
import { fillRing } from './ink.js';
import type { Stage } from './stage.js';

/** A railway track along a line: ballast, sleepers, two rails. */
export function drawTrack(stage: Stage, line: readonly Point[]): void {
  stage.line(line, 3.4, css([122, 112, 102]));
  if (stage.gsdM < 0.4) stage.line(line, 2.5, 'rgba(84,76,70,0.8)', { dash: [0.28, 0.36] });
  else stage.line(line, 2.3, 'rgba(92,84,78,0.7)');
  for (const side of [-0.72, 0.72]) {
    const rail: Point[] = line.map(([x, y], index) => {
      const before = line[Math.max(0, index - 1)];
      const after = line[Math.min(line.length - 1, index + 1)];
      const length = Math.hypot(after[0] - before[0], after[1] - before[1]) || 1;
      return [x - ((after[1] - before[1]) / length) * side, y + ((after[0] - before[0]) / length) * side];
    });
    stage.line(rail, 0.16, 'rgba(186,182,176,0.85)', { minPx: 0.35 });
  }
}

/** A ballast bed under several tracks. */
export function drawBallast(stage: Stage, line: readonly Point[], widthM: number): void {
  stage.fill(ribbon(line, widthM), stage.material('gravel'));
}

/** A train of `cars` standing on a line, its first car starting at `startM`; one thing as a whole. */
export function drawTrain(stage: Stage, line: readonly Point[], startM: number, cars: number): void {
  const { random } = stage;
  const passenger = random.next() < 0.55;
  const carM = passenger ? random.uniform(18, 26) : random.uniform(12, 17);
  const gap = passenger ? 0.6 : 1.2;
  const total = lengthOf(line);
  const colour = random.pick<ColourName>(
    passenger
      ? ['white', 'grey', 'red', 'blue', 'green', 'yellow', 'orange']
      : ['brown', 'grey', 'black', 'red', 'blue', 'green'],
  );
  const paint = paintOf(random, colour);
  const roof: Rgb = passenger ? shade(paint, random.uniform(0.9, 1.05)) : paint;
  const load = random.pick(['open', 'box', 'tank', 'flat'] as const);
  const rings: Ring[] = [];
  for (let car = 0; car < cars; car++) {
    const at = startM + car * (carM + gap) + carM / 2;
    if (at + carM / 2 > total) break;
    const { x, y, heading } = along(line, at);
    const first = car === 0;
    const body = place(
      first || car === cars - 1 ? roundedRectangle(carM, 2.9, 1.1) : rectangle(0, 0, carM, 2.9),
      x,
      y,
      heading,
    );
    rings.push(body);
    if (!stage.sees(x, y, carM)) continue;
    stage.castShadow([body], 3.8);
    stage.fill([body], css(near(random, passenger || first ? roof : shade(paint, random.uniform(0.8, 1.1)), 0.05)));
    stage.local(x, y, heading, (ctx) => {
      if (passenger || first) {
        fillRing(ctx, rectangle(0, 0, carM * 0.94, 1.5), css(shade(roof, 1.08)));
        for (const unit of [-0.3, 0.02, 0.3])
          fillRing(ctx, rectangle(unit * carM, 0, 2.6, 1.5), css([128, 132, 136], 0.8));
        fillRing(ctx, rectangle(-carM / 2 + 0.5, 0, 0.5, 2.2), css([36, 40, 48], 0.7));
      } else if (load === 'open') {
        fillRing(
          ctx,
          rectangle(0, 0, carM * 0.92, 2.2),
          css(
            near(
              random,
              random.pick<Rgb>([
                [48, 46, 44],
                [140, 122, 96],
                [96, 84, 72],
              ]),
              0.1,
            ),
          ),
        );
      } else if (load === 'tank') {
        fillRing(ctx, rectangle(0, 0, carM, 2.9), css([84, 78, 72]));
        fillRing(ctx, roundedRectangle(carM * 0.9, 2.6, 1.2), css(paint));
        fillRing(ctx, rectangle(0, 0, carM * 0.8, 0.7), css(shade(paint, 1.25)));
      } else if (load === 'flat') {
        fillRing(
          ctx,
          rectangle(0, 0, carM * 0.84, 2.44),
          css(paintOf(random, random.pick<ColourName>(['red', 'blue', 'orange', 'green', 'white']))),
        );
      } else {
        fillRing(ctx, rectangle(0, 0, carM, 0.4), css(shade(paint, 1.2)));
      }
    });
  }
  if (rings.length === 0) return;
  const mixed = !passenger && (load === 'open' || load === 'flat');
  // Couplings join the cars to one mask.
  const couplings = rings.slice(1).map((_, index): Ring => {
    const { x, y, heading } = along(line, startM + (index + 1) * (carM + gap) - gap / 2);
    return rectangle(x, y, gap + 0.4, Math.max(1.2, stage.gsdM * 1.2), heading);
  });
  stage.fill(couplings, css([58, 56, 54]));
  stage.thing({
    category: 'train',
    rings: [...rings, ...couplings],
    colour: mixed ? undefined : colour,
    heading: along(line, startM).heading,
    cuts: 'terrain',
  });
}
