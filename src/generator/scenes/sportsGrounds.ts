import {
  courtSurface,
  drawBadmintonCourt,
  drawBaseballCourt,
  drawBasketballCourt,
  drawFootballCourt,
  drawGrandstand,
  drawRugbyCourt,
  drawTennisCourt,
  drawTrackField,
} from './courts.js';
import { type Box, heightOf, inset, middleOf, widthOf } from './ground.js';
import { gardenTrees, type Quarter } from './quarter.js';
import type { Stage } from './stage.js';
import { treeRow } from './trees.js';

/** Puts sports grounds into a box, large ones first. */
export function packSports(stage: Stage, quarter: Quarter, box: Box, gapM: number): void {
  const { random } = stage;
  const [w, h] = [widthOf(box), heightOf(box)];
  const [long, short] = [Math.max(w, h), Math.min(w, h)];
  const turn = w >= h ? 0 : Math.PI / 2;
  const [cx, cy] = middleOf(box);
  const options: (() => void)[] = [];
  const split = (share: number): [Box, Box] =>
    w >= h
      ? [
          { ...box, x1: box.x0 + w * share },
          { ...box, x0: box.x0 + w * share },
        ]
      : [
          { ...box, y1: box.y0 + h * share },
          { ...box, y0: box.y0 + h * share },
        ];
  if (long > 190 && short > 104) {
    const track = (): void => {
      drawTrackField(stage, cx, cy, turn);
      if (random.next() < 0.4) drawGrandstand(stage, cx + (turn ? 56 : 0), cy + (turn ? 0 : 56), turn, 70);
    };
    options.push(track, track);
  }
  if (long > 340 || (long > 240 && short > 60)) {
    const [a, b] = split(long > 340 && short > 104 ? 200 / long : random.uniform(0.4, 0.6));
    options.push(() => {
      packSports(stage, quarter, a, gapM);
      packSports(stage, quarter, b, gapM);
    });
  }
  if (long > 118 && short > 78) options.push(() => drawFootballCourt(stage, cx, cy, turn));
  if (long > 130 && short > 78) options.push(() => drawRugbyCourt(stage, cx, cy, turn));
  if (short > 92) {
    options.push(() => {
      const scale = Math.min(1, short / 112) * random.uniform(0.75, 1);
      const corner = random.integer(4);
      const angle = Math.PI / 4 + (corner * Math.PI) / 2;
      drawBaseballCourt(stage, cx - Math.cos(angle) * 44 * scale, cy - Math.sin(angle) * 44 * scale, angle, scale);
    });
    options.push(() => {
      // Four diamonds back to back, as in many parks.
      if (short < 150) drawBaseballCourt(stage, cx - 30, cy, 0, 0.6);
      else {
        for (let index = 0; index < 4; index++) {
          const angle = Math.PI / 4 + (index * Math.PI) / 2;
          drawBaseballCourt(stage, cx + Math.cos(angle) * 12, cy + Math.sin(angle) * 12, angle, 0.55);
        }
      }
    });
  }
  if (short > 36)
    options.push(() => packCourts(stage, inset(box, gapM), random.pick(['tennis', 'basketball', 'mixed'] as const)));
  else if (short > 20)
    options.push(() => packCourts(stage, inset(box, 1), random.pick(['basketball', 'badminton', 'tennis'] as const)));
  if (options.length === 0) {
    gardenTrees(stage, quarter, box, [], 1);
    return;
  }
  random.pick(options)();
  const margin = 5;
  const edge = random.pick([
    [
      [box.x0, box.y0],
      [box.x1, box.y0],
    ],
    [
      [box.x0, box.y1],
      [box.x1, box.y1],
    ],
  ] as const);
  if (short > 60)
    quarter.grove.plant(
      treeRow(
        stage,
        [edge[0][0], edge[0][1] + (edge[0][1] === box.y0 ? margin : -margin) / 3],
        [edge[1][0], edge[1][1]],
        random.uniform(7, 12),
      ),
    );
}

/** A bank of hard courts that fills a box as far as it goes. */
export function packCourts(stage: Stage, box: Box, kind: 'tennis' | 'basketball' | 'badminton' | 'mixed'): void {
  const { random } = stage;
  const sizes = { tennis: [36.4, 18.4], basketball: [33, 19.5], badminton: [17, 9.4] } as const;
  const first = kind === 'mixed' ? random.pick(['tennis', 'basketball', 'badminton'] as const) : kind;
  const shared = random.next() < 0.65;
  let surface = courtSurface(stage);
  const turned = random.next() < 0.5;
  let y = box.y0;
  let what: 'tennis' | 'basketball' | 'badminton' = first;
  let count = 0;
  const most = 4 + random.integer(16);
  while (count < most) {
    const [l, w] = sizes[what];
    const [sx, sy] = turned ? [w, l] : [l, w];
    if (y + sy > box.y1) break;
    for (let x = box.x0; x + sx <= box.x1 && count < most; x += sx) {
      if (!shared) surface = courtSurface(stage);
      const heading = turned ? Math.PI / 2 : 0;
      const [cx, cy] = [x + sx / 2, y + sy / 2];
      if (what === 'tennis') drawTennisCourt(stage, cx, cy, heading, surface);
      else if (what === 'basketball') drawBasketballCourt(stage, cx, cy, heading, surface);
      else drawBadmintonCourt(stage, cx, cy, heading, surface);
      count++;
    }
    y += sy + (kind === 'mixed' ? 4 : 0);
    if (kind === 'mixed') {
      what = random.pick(['tennis', 'basketball', 'badminton'] as const);
      surface = courtSurface(stage);
    }
  }
}
