/**
 * Draws contact sheets of the synthetic scenes, to be looked at: `npx tsx scripts/contactSheet.ts --out sheet.png`.
 *
 *   --out FILE        .png or .jpg (required)
 *   --scenes N        pictures on the sheet (default 20)
 *   --seed S          series (default 1); --first I: number of its first scene (default 0)
 *   --theme NAME      only scenes of that theme; `all` draws one row a theme
 *   --category NAME   cut-outs of things of that category, their masks outlined; `all` draws one row a category
 *   --size PX         side of a rendered scene (default 512); --cell PX: side of a cell (default 256)
 *   --columns N       cells in a row (default 5)
 *   --masks           colours every mask
 *   --quality Q       of a JPEG (default 82)
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createCanvas, loadImage, type SKRSContext2D } from '@napi-rs/canvas';
import type { RenderedScene, SceneObject } from '../src/generator/scene.js';
import { renderedCategories, renderScene, themes } from '../src/generator/scenes/index.js';
import { decodeRle } from '../src/masks/index.js';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    scenes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    theme: { type: 'string' },
    category: { type: 'string' },
    size: { type: 'string', default: '512' },
    cell: { type: 'string', default: '256' },
    columns: { type: 'string', default: '5' },
    quality: { type: 'string', default: '82' },
    masks: { type: 'boolean', default: false },
  },
});

interface Cell {
  readonly title: string;
  draw(ctx: SKRSContext2D, side: number): Promise<void>;
}

const seed = Number(values.seed);
const first = Number(values.first);
const sizePx = Number(values.size);
const wanted = Number(values.scenes);
const columns = Number(values.columns);
const cellPx = Number(values.cell);

/** Paints masks over a picture: filled, or only their outline. */
function overlay(ctx: SKRSContext2D, objects: readonly SceneObject[], filled: boolean): void {
  const image = ctx.getImageData(0, 0, sizePx, sizePx);
  objects.forEach((object, index) => {
    const bits = decodeRle(object.mask!);
    const hue = (index * 137.5) % 360;
    const tone = [0, 120, 240].map((shift) => 127 + 127 * Math.cos(((hue + shift) * Math.PI) / 180));
    for (let y = 0; y < sizePx; y++) {
      for (let x = 0; x < sizePx; x++) {
        const at = y * sizePx + x;
        if (bits[at] === 0) continue;
        const edge =
          x === 0 ||
          y === 0 ||
          x === sizePx - 1 ||
          y === sizePx - 1 ||
          !bits[at - 1] ||
          !bits[at + 1] ||
          !bits[at - sizePx] ||
          !bits[at + sizePx];
        const weight = edge ? 1 : filled ? 0.35 : 0;
        for (let channel = 0; channel < 3; channel++) {
          image.data[at * 4 + channel] = image.data[at * 4 + channel] * (1 - weight) + tone[channel] * weight;
        }
      }
    }
  });
  ctx.putImageData(image, 0, 0);
}

async function pictureOf(scene: RenderedScene, objects: readonly SceneObject[], filled: boolean) {
  const canvas = createCanvas(sizePx, sizePx);
  const ctx = canvas.getContext('2d');
  ctx.drawImage(await loadImage(Buffer.from(scene.jpeg)), 0, 0);
  if (objects.length > 0) overlay(ctx, objects, filled);
  return canvas;
}

async function sceneCell(index: number, theme?: string): Promise<Cell> {
  const rendered = await renderScene(seed, index, { sizePx, theme });
  const { scene } = rendered;
  return {
    title: `${scene.theme} #${index} ${scene.gsdM!.toFixed(2)} m, ${scene.objects.length}`,
    async draw(ctx, side) {
      ctx.drawImage(await pictureOf(rendered, values.masks ? scene.objects : [], true), 0, 0, side, side);
    },
  };
}

/** Cut-outs of each category, at most `count` of one, from as few scenes as give them. */
async function categoryCells(names: readonly string[], count: number): Promise<Cell[]> {
  const cells = new Map(names.map((name): [string, Cell[]] => [name, []]));
  const open = (name: string): boolean => cells.get(name)!.length < count;
  for (let index = first; index < first + 400 && names.some(open); index++) {
    const rendered = await renderScene(seed, index, { sizePx });
    for (const category of names.filter(open)) {
      const found = rendered.scene.objects.filter((object) => object.category === category && object.areaPx > 40);
      const object = found[index % Math.max(1, found.length)];
      if (!object) continue;
      const [x, y, w, h] = object.boxXywh;
      const side = Math.max(w, h) * 1.5 + 12;
      cells.get(category)!.push({
        title: `${category} ${object.colour ?? ''} ${w}x${h}`,
        async draw(ctx, cell) {
          const picture = await pictureOf(rendered, values.masks ? [object] : [], false);
          ctx.drawImage(picture, x + w / 2 - side / 2, y + h / 2 - side / 2, side, side, 0, 0, cell, cell);
        },
      });
    }
  }
  return names.flatMap((name) => {
    const row = cells.get(name)!;
    while (row.length < count) row.push({ title: `${name}: no more found`, draw: async () => undefined });
    return row;
  });
}

async function collect(): Promise<Cell[]> {
  if (values.category) {
    const all = values.category === 'all';
    return categoryCells(all ? renderedCategories : [values.category], all ? columns : wanted);
  }
  const cells: Cell[] = [];
  if (values.theme === 'all') {
    for (const { name } of themes) {
      for (let column = 0; column < columns; column++) cells.push(await sceneCell(first + column, name));
    }
  } else {
    for (let index = first; index < first + wanted; index++) cells.push(await sceneCell(index, values.theme));
  }
  return cells;
}

if (!values.out) {
  process.stderr.write('contactSheet: --out FILE is missing; expected a .png or .jpg path\n');
  process.exitCode = 2;
} else {
  const cells = await collect();
  const rows = Math.ceil(cells.length / columns);
  const label = 14;
  const sheet = createCanvas(columns * cellPx, rows * (cellPx + label));
  const ctx = sheet.getContext('2d');
  ctx.fillStyle = '#111';
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  for (const [index, cell] of cells.entries()) {
    const [x, y] = [(index % columns) * cellPx, Math.floor(index / columns) * (cellPx + label)];
    ctx.save();
    ctx.beginPath();
    ctx.rect(x, y, cellPx, cellPx);
    ctx.clip();
    ctx.translate(x, y);
    await cell.draw(ctx, cellPx);
    ctx.restore();
    ctx.fillStyle = '#ddd';
    ctx.font = '11px sans-serif';
    ctx.fillText(cell.title, x + 3, y + cellPx + 11);
  }
  const bytes = /\.jpe?g$/.test(values.out)
    ? sheet.toBuffer('image/jpeg', Number(values.quality))
    : sheet.toBuffer('image/png');
  writeFileSync(values.out, bytes);
}
