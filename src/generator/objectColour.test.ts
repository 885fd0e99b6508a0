import { describe, expect, it } from 'vitest';
import { blankImage, type Rgb } from '../imagery/index.js';
import { rleArea, rleFromBox } from '../masks/index.js';
import { createRandom } from '../random/index.js';
import { objectColour, pictureColours } from './objectColour.js';

/** A picture of grass with sensor noise and one painted square. */
function picture(paint: (x: number, y: number) => Rgb, ground: Rgb = [96, 120, 80]) {
  const image = blankImage(60, 60, ground);
  const random = createRandom('noise');
  for (let y = 0; y < 60; y++) {
    for (let x = 0; x < 60; x++) {
      const inside = x >= 20 && x < 40 && y >= 20 && y < 40;
      const colour = inside ? paint(x, y) : ground;
      for (const band of [0, 1, 2]) {
        image.data[(y * 60 + x) * 3 + band] = Math.min(255, Math.max(0, colour[band] + random.normal() * 4));
      }
    }
  }
  return image;
}

const mask = rleFromBox([20, 20, 20, 20], 60, 60);
const colourOf = (image: ReturnType<typeof picture>) => objectColour(image, mask, rleArea(mask), pictureColours(image));

describe('objectColour', () => {
  it('names plain paint', () => {
    const paints: [string, Rgb][] = [
      ['white', [240, 240, 236]],
      ['black', [24, 25, 28]],
      ['grey', [132, 132, 130]],
      ['red', [190, 40, 38]],
      ['orange', [228, 130, 40]],
      ['yellow', [226, 200, 50]],
      ['green', [50, 140, 70]],
      ['blue', [50, 90, 180]],
      ['brown', [120, 80, 48]],
      ['beige', [214, 190, 152]],
    ];
    for (const [name, paint] of paints) expect(colourOf(picture(() => paint))).toBe(name);
  });

  it('names nothing between two names, and nothing of two colours', () => {
    expect(colourOf(picture(() => [190, 190, 188]))).toBeNull();
    expect(colourOf(picture((x) => (x < 30 ? [240, 240, 240] : [190, 40, 38])))).toBeNull();
  });

  it('overlooks a few windows', () => {
    expect(colourOf(picture((x, y) => (x > 33 && y < 26 ? [20, 22, 30] : [240, 240, 240])))).toBe('white');
  });

  it('trusts no colour of infrared pictures, and only white and black of grey ones', () => {
    const infrared = picture(() => [60, 160, 190], [200, 60, 80]);
    expect(pictureColours(infrared)).toBe('false');
    expect(colourOf(infrared)).toBeNull();
    const grey = (value: number) => {
      const image = picture(() => [value, value, value], [110, 110, 110]);
      for (let at = 0; at < image.data.length; at += 3) image.data.fill(image.data[at], at, at + 3);
      return image;
    };
    expect(pictureColours(grey(130))).toBe('grey');
    expect(colourOf(grey(240))).toBe('white');
    expect(colourOf(grey(130))).toBeNull();
  });

  it('calls nothing black in a dark picture', () => {
    expect(colourOf(picture(() => [22, 22, 22], [60, 64, 50]))).toBeNull();
  });
});
