/**
 * Draws a contact sheet of sentences with what they mean: `npx tsx scripts/sentenceSheet.ts <release> <sheet.jpg>
 * [count] [columns] [tile px] [en|zh] [start]`. The release must hold `scenes.json` (`refersat generate` writes it).
 */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import sharp from 'sharp';
import { imagePath, openDataset, type Sample } from '../src/datasets/index.js';
import { escapeHtml } from '../src/files/index.js';
import { decodeImage } from '../src/imagery/index.js';
import { decodeRle } from '../src/masks/index.js';

const [folder, sheet, count = '24', columns = '6', side = '300', language = 'en', start = '0'] = process.argv.slice(2);
if (!folder || !sheet)
  throw new Error('usage: sentenceSheet.ts <release> <sheet.jpg> [count] [columns] [tile] [language]');

const captionPx = 44;
const tilePx = Number(side);
const charactersPerLine = Math.floor(tilePx / (language === 'zh' ? 12.5 : 6.3));

const dataset = await openDataset(folder);
const traces = JSON.parse(await readFile(join(folder, 'scenes.json'), 'utf8')) as {
  scenes: { sentences: { sentenceId: number; construct: string }[] }[];
};
const constructs = new Map(
  traces.scenes.flatMap(({ sentences }) => sentences.map(({ sentenceId, construct }) => [sentenceId, construct])),
);
const candidates = dataset.samples.filter((sample) => sample.language === language);
// Steps of the golden ratio visit the release in a scattered, even order.
const chosen = Array.from(
  { length: Math.min(Number(count), candidates.length) },
  (_, index) => candidates[Math.floor((((index + Number(start)) * 0.6180339887) % 1) * candidates.length)],
);

/** The picture with the targets' outline in magenta and a light tint inside. */
async function overlay(sample: Sample): Promise<Buffer> {
  const image = await decodeImage(imagePath(dataset, sample.image), { orient: sample.image });
  const { width, height } = image;
  const mask = decodeRle(sample.mask());
  const reach = Math.max(1, Math.round(Math.max(width, height) / (1.3 * tilePx)));
  const isSet = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] !== 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!isSet(x, y)) continue;
      const inner = isSet(x - reach, y) && isSet(x + reach, y) && isSet(x, y - reach) && isSet(x, y + reach);
      const at = (y * width + x) * 3;
      if (inner)
        for (const [band, tint] of [255, 0, 255].entries())
          image.data[at + band] += (tint - image.data[at + band]) * 0.2;
      else image.data.set([255, 0, 255], at);
    }
  }
  return sharp(image.data, { raw: { width, height, channels: 3 } })
    .resize(tilePx, tilePx, { fit: 'contain', background: '#222' })
    .png()
    .toBuffer();
}

/** A caption of two or three lines under a tile. */
function caption(text: string): Buffer {
  const lines: string[] = [''];
  for (const word of language === 'zh' ? [...text] : text.split(/(?<= )/)) {
    if ((lines[lines.length - 1] + word).length > charactersPerLine) lines.push('');
    lines[lines.length - 1] += word;
  }
  const spans = lines.map((line, index) => `<text x="3" y="${12 + index * 14}">${escapeHtml(line)}</text>`);
  return Buffer.from(
    `<svg width="${tilePx}" height="${captionPx}" font-size="12" font-family="DejaVu Sans, Noto Sans CJK SC, sans-serif"><rect width="100%" height="100%" fill="white"/>${spans.join('')}</svg>`,
  );
}

const tiles = await Promise.all(
  chosen.map(async (sample, index) => {
    const left = (index % Number(columns)) * tilePx;
    const top = Math.floor(index / Number(columns)) * (tilePx + captionPx);
    const construct = constructs.get(sample.sentenceId ?? 0) ?? '';
    const number = sample.kind === 'multi' ? ` of ${sample.targets.length}` : '';
    return [
      { input: await overlay(sample), left, top },
      { input: caption(`[${sample.kind}${number}, ${construct}] ${sample.raw}`), left, top: top + tilePx },
    ];
  }),
);
const rows = Math.ceil(chosen.length / Number(columns));
const size = { width: Number(columns) * tilePx, height: rows * (tilePx + captionPx) };
const canvas = sharp({ create: { ...size, channels: 3, background: '#fff' } }).composite(tiles.flat());
await (extname(sheet) === '.png' ? canvas.png({ palette: true }) : canvas.jpeg({ quality: 78 })).toFile(sheet);
