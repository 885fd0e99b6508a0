import { css, near } from './colour.js';
import { disc, rectangle } from './geometry.js';
import { type Box, heightOf, middleOf, ringOf, seesBox, widthOf } from './ground.js';
import type { Stage } from './stage.js';
import type { Grove } from './trees.js';
import { drawVehicle, vehiclesLeft } from './vehicles.js';

/** A parking lot with rows of stalls along x, marked as `parking`, filled with cars to `occupancy`. */
export function drawParking(
  stage: Stage,
  box: Box,
  occupancy: number,
  options: { readonly grove?: Grove; readonly trucks?: boolean } = {},
): void {
  if (!seesBox(stage, box)) return;
  const { random } = stage;
  const outline = ringOf(box);
  stage.fill([outline], stage.material('asphalt', 1 + random.integer(2)));
  stage.thing({ category: 'parking', rings: [outline], kind: 'surface', cuts: 'terrain' });
  stage.line(outline, 0.4, css(near(random, [184, 180, 170], 0.1)), { closed: true });
  // One lot may take half of the vehicles that the scene still has room for; a fuller one is thinned out evenly.
  const stallsSeen = Math.min(widthOf(box) * heightOf(box), (2 * stage.halfM) ** 2) / 26;
  const thinned = occupancy * Math.min(1, (vehiclesLeft(stage) * 0.5) / (stallsSeen * occupancy + 1));
  const stallM = options.trucks ? 3.8 : random.uniform(2.4, 2.9);
  const depthM = options.trucks ? 17 : random.uniform(4.9, 5.6);
  const aisleM = options.trucks ? 14 : random.uniform(6, 7.5);
  const alongX = widthOf(box) >= heightOf(box) ? random.next() < 0.75 : random.next() < 0.25;
  const [length, across] = alongX ? [widthOf(box), heightOf(box)] : [heightOf(box), widthOf(box)];
  const [cx, cy] = middleOf(box);
  const turn = alongX ? 0 : Math.PI / 2;
  const frame = (u: number, v: number): [number, number] => [
    cx + u * Math.cos(turn) - v * Math.sin(turn),
    cy + u * Math.sin(turn) + v * Math.cos(turn),
  ];
  const slant = random.next() < 0.2 ? random.uniform(-0.5, 0.5) : 0;
  const islands = random.next() < 0.45;
  const rows: { v: number; facing: 1 | -1 }[] = [];
  let v = -across / 2 + 0.6;
  while (v + depthM < across / 2) {
    rows.push({ v: v + depthM / 2, facing: -1 });
    v += depthM + aisleM;
    if (v + depthM > across / 2) break;
    rows.push({ v: v + depthM / 2, facing: 1 });
    v += depthM + 0.1;
  }
  const stalls = Math.floor((length - 6) / stallM);
  const start = (-stalls * stallM) / 2;
  const trees: { x: number; y: number; radiusM: number }[] = [];
  const cluster = random.uniform(-1, 1) * (length / 2);
  for (const { v: middle, facing } of rows) {
    stage.local(cx, cy, turn, (ctx) => {
      if (stage.gsdM > 0.7) return;
      ctx.fillStyle = 'rgba(226,226,220,0.75)';
      const line = Math.max(0.12, stage.gsdM * 0.5);
      for (let stall = 0; stall <= stalls; stall++) {
        ctx.save();
        ctx.translate(start + stall * stallM, middle);
        ctx.rotate(slant);
        ctx.fillRect(-line / 2, -depthM / 2, line, depthM);
        ctx.restore();
      }
    });
    for (let stall = 0; stall < stalls; stall++) {
      const u = start + (stall + 0.5) * stallM;
      const end = stall === 0 || stall === stalls - 1;
      if (islands && (end || stall % 14 === 7)) {
        const [x, y] = frame(u, middle);
        stage.fill([rectangle(x, y, stallM * 0.85, depthM * 0.9, turn)], stage.material('grass'));
        if (random.next() < 0.6) trees.push({ x, y, radiusM: random.uniform(1.4, 2.6) });
        continue;
      }
      const liking = Math.exp(-(((u - cluster) / (length * 0.6)) ** 2));
      if (random.next() > thinned * (0.55 + 0.75 * liking)) continue;
      const [x, y] = frame(u + random.uniform(-0.15, 0.15), middle + random.uniform(-0.3, 0.3));
      const nose = random.next() < 0.75 ? facing : -facing;
      drawVehicle(
        stage,
        x,
        y,
        turn + slant + (nose * Math.PI) / 2 + random.uniform(-0.03, 0.03),
        options.trucks ? { kind: 'truck' } : { kind: random.pick(['car', 'car', 'car', 'car', 'pickup', 'van']) },
      );
    }
  }
  if (stage.gsdM < 0.3 && random.next() < 0.7) {
    // Oil and tyre marks where cars stand for long.
    for (let index = 0; index < 14; index++) {
      const [x, y] = frame(random.uniform(-0.5, 0.5) * length, random.uniform(-0.5, 0.5) * across);
      stage.fill([disc(x, y, random.uniform(0.3, 1.1), 10)], 'rgba(30,28,26,0.22)');
    }
  }
  if (options.grove) options.grove.plant(trees);
}
