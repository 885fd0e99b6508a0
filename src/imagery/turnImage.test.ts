import { describe, expect, it } from 'vitest';
import { createRandom } from '../random/index.js';
import { addNoise, blur, changeColours, cutSquares, degradeByJpeg } from './disturb.js';
import { blankImage } from './image.js';
import { cropImage, turnImage, turnMask } from './turnImage.js';

const mask = { width: 3, height: 2, data: Uint8Array.from([1, 2, 3, 4, 5, 6]) };
const image = {
  width: 3,
  height: 2,
  data: Uint8Array.from([1, 2, 3, 4, 5, 6].flatMap((value) => [value, value + 10, value + 20])),
};

describe('turning', () => {
  it.each([
    ['flip-horizontal', 3, [3, 2, 1, 6, 5, 4]],
    ['flip-vertical', 3, [4, 5, 6, 1, 2, 3]],
    ['rotate-180', 3, [6, 5, 4, 3, 2, 1]],
    ['rotate-90', 2, [4, 1, 5, 2, 6, 3]],
    ['rotate-270', 2, [3, 6, 2, 5, 1, 4]],
  ] as const)('%s moves picture and mask alike', (transform, width, wanted) => {
    const turned = turnMask(mask, transform);
    expect([turned.width, [...turned.data]]).toEqual([width, wanted]);
    const picture = turnImage(image, transform);
    expect([...picture.data]).toEqual(wanted.flatMap((value) => [value, value + 10, value + 20]));
    expect(picture.width).toBe(width);
  });

  it('does several turns in one pass as one after another', () => {
    const all = ['flip-horizontal', 'flip-vertical', 'rotate-90', 'rotate-180', 'rotate-270'] as const;
    for (const first of all) {
      for (const second of all) {
        const stepwise = turnImage(turnImage(image, first), second);
        expect(turnImage(image, first, second), `${first}, ${second}`).toEqual(stepwise);
        expect(turnMask(mask, first, second, first)).toEqual(turnMask(turnMask(turnMask(mask, first), second), first));
      }
    }
  });

  it('crops, and refuses what lies outside', () => {
    expect([...cropImage(image, [1, 0, 2, 2]).data].filter((_, at) => at % 3 === 0)).toEqual([2, 3, 5, 6]);
    expect([...cropImage(image, [0, 0, 3, 2]).data]).toEqual([...image.data]);
    for (const box of [
      [2, 0, 2, 1],
      [-1, 0, 2, 1],
      [0, -1, 2, 2],
      [0, 1, 1, 2],
      [0, 0, 0, 1],
      [0, 0, 1, 0],
    ] as const) {
      expect(() => cropImage(image, box), box.join()).toThrow('not within 3 x 2');
    }
  });
});

describe('disturbing', () => {
  const flat = blankImage(8, 8, [100, 50, 200]);
  it('changes colours as named and leaves neutral ones alone', () => {
    expect(changeColours(flat, {}).data).toEqual(flat.data);
    expect([...changeColours(flat, { brightness: 0.5 }).data.slice(0, 3)]).toEqual([50, 25, 100]);
    const greyed = changeColours(flat, { saturation: 0 }).data;
    expect(new Set(greyed).size).toBe(1);
    expect(greyed[0]).toBe(Math.round(0.299 * 100 + 0.587 * 50 + 0.114 * 200));
    expect([...changeColours(flat, { hueDegrees: 120 }).data.slice(0, 3)]).toEqual([200, 100, 50]);
    expect(changeColours(flat, { contrast: 0 }).data[0]).toBe(greyed[0]);
  });

  it('keeps a flat picture under blur, spreads a point', () => {
    expect(blur(flat).data).toEqual(flat.data);
    const point = blankImage(5, 5);
    point.data.set([160, 160, 160], (2 * 5 + 2) * 3);
    const spread = blur(point).data.filter((_, at) => at % 3 === 0);
    expect([spread[12], spread[11], spread[6], spread[10]]).toEqual([40, 20, 10, 0]);
  });

  it('repeats noise and squares for a seed', async () => {
    expect(addNoise(flat, 5, createRandom(1)).data).toEqual(addNoise(flat, 5, createRandom(1)).data);
    expect(addNoise(flat, 5, createRandom(1)).data).not.toEqual(flat.data);
    const cut = cutSquares(flat, 1, 3, createRandom(2)).data;
    expect(cut.filter((value) => value === 0).length).toBe(27);
    expect((await degradeByJpeg(flat, 60)).width).toBe(8);
  });
});
