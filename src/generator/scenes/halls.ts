import { drawBuilding, type RoofKind } from './buildings.js';
import { type Box, heightOf, middleOf, widthOf } from './ground.js';
import { drawPanelTable, panelPaint } from './solarPanels.js';
import type { Stage } from './stage.js';

/** An industrial hall that fills a box, now and then with panels on its roof's sunny half. */
export function drawHall(stage: Stage, box: Box, heightM: number): void {
  const { random } = stage;
  const [x, y] = middleOf(box);
  if (widthOf(box) < 6 || heightOf(box) < 6) return;
  const turned = heightOf(box) > widthOf(box);
  const roof = random.pick<RoofKind>(['metal', 'metal', 'metal', 'flat', 'flat', 'saw', 'gable']);
  drawBuilding(stage, {
    x,
    y,
    length: turned ? heightOf(box) : widthOf(box),
    width: turned ? widthOf(box) : heightOf(box),
    heading: turned ? Math.PI / 2 : 0,
    heightM,
    roof,
    shape: random.next() < 0.12 ? 'L' : 'rectangle',
  });
  if (roof === 'flat' && random.next() < 0.25 && widthOf(box) > 20 && heightOf(box) > 16) {
    const paint = panelPaint(stage);
    stage.tall({
      x,
      y: y,
      rank: 1,
      shadow: [],
      draw() {
        const [dx, dy] = stage.lean(x, y, heightM);
        const rows = Math.floor((heightOf(box) - 8) / 5);
        for (let row = 0; row < rows; row++) {
          drawPanelTable(stage, x + dx, box.y0 + 6 + row * 5 + dy, 0, widthOf(box) * 0.7, 3.2, paint);
        }
      },
    });
  }
}
