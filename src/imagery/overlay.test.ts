import { describe, expect, it } from 'vitest';
import { encodeRle, rleFromBox } from '../masks/index.js';
import { captionFont, loadCanvas, undrawableCharacters, wrapText } from './captionFont.js';
import { blankImage, type RgbImage } from './image.js';
import { contactSheet, drawOverlay } from './overlay.js';

const at = (image: RgbImage, x: number, y: number): number[] => [
  ...image.data.slice((y * image.width + x) * 3, (y * image.width + x) * 3 + 3),
];

describe('drawOverlay', () => {
  const image = blankImage(600, 400, [100, 100, 100]);
  it('fills the mask translucently, draws its contour in full, and leaves the rest and the picture given', async () => {
    const mask = rleFromBox([100, 100, 200, 150], 400, 600);
    const drawn = await drawOverlay(image, [{ mask, colour: [255, 0, 0] }]);
    expect([drawn.width, drawn.height]).toEqual([600, 400]);
    expect(at(drawn, 200, 180)).toEqual([162, 60, 60]);
    expect(at(drawn, 100, 180)).toEqual([255, 0, 0]);
    expect(at(drawn, 99, 180)).toEqual([100, 100, 100]);
    expect(at(image, 200, 180)).toEqual([100, 100, 100]);
  });

  it('draws no contour where a mask runs out of the picture', async () => {
    const whole = await drawOverlay(image, [{ mask: rleFromBox([0, 0, 600, 400], 400, 600), colour: [255, 0, 0] }]);
    expect(new Set(whole.data.filter((_, place) => place % 3 === 0))).toEqual(new Set([162]));
    // The lower left quarter has one at its upper and right side alone.
    const quarter = await drawOverlay(image, [{ mask: rleFromBox([0, 200, 300, 200], 400, 600), colour: [255, 0, 0] }]);
    const reds = [at(quarter, 0, 300), at(quarter, 100, 399), at(quarter, 100, 200), at(quarter, 299, 300)];
    expect(reds.map(([red]) => red)).toEqual([162, 162, 255, 255]);
  });

  it('enlarges small pictures by whole factors and shrinks large ones', async () => {
    const small = blankImage(24, 24);
    small.data.set([9, 9, 9], (3 * 24 + 5) * 3);
    const mask = encodeRle(
      Uint8Array.from({ length: 576 }, (_, pixel) => Number(pixel === 0)),
      24,
      24,
    );
    const drawn = await drawOverlay(small, [{ mask, colour: [0, 255, 0] }]);
    expect([drawn.width, drawn.height]).toEqual([480, 480]);
    expect([at(drawn, 100, 60), at(drawn, 119, 79), at(drawn, 120, 79)]).toEqual([
      [9, 9, 9],
      [9, 9, 9],
      [0, 0, 0],
    ]);
    expect(at(drawn, 19, 19)).toEqual([0, 255, 0]);
    expect((await drawOverlay(blankImage(4000, 1000), [])).width).toBe(1600);
    expect((await drawOverlay(image, [], { widthPx: 300 })).height).toBe(200);
  });

  it('writes the sentence on a strip of its own, the same each time', async () => {
    const options = {
      sentence: 'the red car on the left of the very long building near the river',
      note: 'single',
      legend: [{ colour: [255, 0, 0] as const, text: 'car' }],
    };
    const drawn = await drawOverlay(image, [], options);
    expect(drawn.height).toBeGreaterThan(430);
    const dark = drawn.data.slice(400 * 600 * 3).filter((value) => value < 60).length;
    expect(dark).toBeGreaterThan(500);
    expect(Buffer.compare((await drawOverlay(image, [], options)).data, drawn.data)).toBe(0);
    expect((await drawOverlay(image, [], { ...options, widthPx: 200 })).height).toBeGreaterThan(133 + 3 * 15);
  });

  it('draws boxes, also those that leave the picture', async () => {
    const drawn = await drawOverlay(image, [{ boxXywh: [-20, 350, 100, 100], colour: [0, 0, 255] }]);
    expect([at(drawn, 79, 360), at(drawn, 40, 350), at(drawn, 40, 380)]).toEqual([
      [0, 0, 255],
      [0, 0, 255],
      [100, 100, 100],
    ]);
  });
});

describe('captions', () => {
  it('have a font for English on every machine', async () => {
    expect(await undrawableCharacters("the 3 cars' left-hand side: (why?) 50%")).toEqual([]);
    expect(await undrawableCharacters('a\ue123a')).toEqual(['\ue123']);
  });

  it('wrap between words, and within what is too long or Chinese', async () => {
    const { createCanvas } = await loadCanvas();
    const context = createCanvas(1, 1).getContext('2d');
    context.font = captionFont(20);
    const room = 120;
    for (const text of [
      'the red car on the left',
      'pneumonoultramicroscopicsilicovolcanoconiosis yes',
      '图像左侧的红色汽车和右侧的储罐',
    ]) {
      const lines = wrapText(context, text, room);
      expect(lines.length, text).toBeGreaterThan(1);
      expect(lines.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      expect(Math.max(...lines.map((line) => context.measureText(line).width)), text).toBeLessThanOrEqual(room);
    }
    expect(wrapText(context, '', room)).toEqual([]);
  });

  it('cuts a word without end by measuring each of its characters a few times, and ends with an ellipsis', () => {
    let measured = 0;
    const context = {
      measureText: (text: string) => {
        measured += text.length;
        return { width: 10 * text.length };
      },
    } as unknown as Parameters<typeof wrapText>[0];
    const lines = wrapText(context, `so ${'a'.repeat(10_000)} end`, 300);
    expect(lines).toEqual(['so', ...Array.from({ length: 333 }, () => 'a'.repeat(30)), `${'a'.repeat(10)} end`]);
    expect(measured).toBeLessThan(200_000);
    expect(wrapText(context, 'one two three four', 60, 2)).toEqual(['one', 'tw…']);
    expect(wrapText(context, 'one two', 60, 2)).toEqual(['one', 'two']);
  });

  it('does not let the caption outgrow the picture without end', async () => {
    const drawn = await drawOverlay(blankImage(480, 100), [], {
      sentence: 'the car '.repeat(2000),
      note: 'score 0.50',
    });
    expect(drawn.height).toBeLessThan(1100);
  });
});

describe('contactSheet', () => {
  it('puts pictures in rows, shrinks wide ones and centres narrow ones', () => {
    const sheet = contactSheet([blankImage(200, 100), blankImage(50, 30), blankImage(100, 40)], 2, 100);
    expect([sheet.width, sheet.height]).toEqual([4 + 2 * 104, 4 + 54 + 44]);
    expect([at(sheet, 4, 4), at(sheet, 108 + 24, 4), at(sheet, 108 + 25, 4)]).toEqual([
      [0, 0, 0],
      [225, 225, 222],
      [0, 0, 0],
    ]);
    expect(() => contactSheet([], 2, 100)).toThrow('no picture');
  });
});
