import type { RgbImage } from '../imagery/index.js';
import type { Rle } from '../masks/index.js';
import type { ColourName } from './scene.js';

/*
 * Colour as a person would name it at a glance. Each pixel is named by hue, saturation and value, with gaps between the
 * names; an object has a colour only where most of its pixels share one name and few have another.
 */

/** Pixels looked at per object; more do not change the answer. */
const mostPixels = 1500;
/** Share of an object's pixels that must have the name, and that no other name may reach. */
const share = { named: 0.55, other: 0.22 };

/** What the picture as a whole allows: false-colour infrared gives no names, a grey one white and black, a dark one no black. */
export type PictureColours = 'natural' | 'dark' | 'grey' | 'false';

/** Judges a picture by a thinned grid of its pixels. */
export function pictureColours({ data, width, height }: RgbImage): PictureColours {
  const step = Math.max(1, Math.floor(Math.sqrt((width * height) / 20_000)));
  let saturation = 0;
  let crimson = 0;
  let green = 0;
  let cyan = 0;
  let seen = 0;
  let value = 0;
  for (let y = 0; y < height; y += step) {
    for (let x = 0; x < width; x += step) {
      const at = (y * width + x) * 3;
      const [hue, s, v] = hsv(data[at], data[at + 1], data[at + 2]);
      seen++;
      value += v;
      saturation += s * Math.min(1, v * 2);
      if (s > 0.15 && v > 0.15 && (hue >= 325 || hue <= 12)) crimson++;
      if (s > 0.08 && hue >= 65 && hue < 170) green++;
      if (s > 0.08 && hue >= 170 && hue <= 230) cyan++;
    }
  }
  if (saturation / seen < 0.025) return 'grey';
  // In colour infrared plants are crimson and nothing is green, or what is not a plant is cyan.
  const isInfrared = (crimson / seen > 0.12 && green / seen < 0.08) || (crimson / seen > 0.03 && cyan / seen > 0.3);
  if (isInfrared) return 'false';
  return value / seen < 0.33 ? 'dark' : 'natural';
}

function hsv(red: number, green: number, blue: number): [hue: number, saturation: number, value: number] {
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  const range = most - least;
  if (range === 0) return [0, 0, most / 255];
  const hue =
    most === red
      ? ((green - blue) / range + 6) % 6
      : most === green
        ? (blue - red) / range + 2
        : (red - green) / range + 4;
  return [hue * 60, range / most, most / 255];
}

/** The name of one pixel's colour, or null in the gaps between names. */
export function pixelColour(red: number, green: number, blue: number): ColourName | null {
  const [hue, saturation, value] = hsv(red, green, blue);
  if (value <= 0.2) return 'black';
  if (saturation <= 0.12) {
    if (value >= 0.8) return 'white';
    return value >= 0.38 && value <= 0.66 ? 'grey' : value <= 0.24 ? 'black' : null;
  }
  if (saturation <= 0.16 && value >= 0.9) return 'white';
  if (hue >= 14 && hue <= 45 && saturation >= 0.3 && saturation <= 0.75 && value >= 0.22 && value <= 0.56)
    return 'brown';
  if (hue >= 22 && hue <= 52 && saturation >= 0.16 && saturation <= 0.36 && value >= 0.66) return 'beige';
  if (value < 0.28) return null;
  if (hue >= 195 && hue <= 250 && saturation >= 0.32) return 'blue';
  if (hue >= 80 && hue <= 165 && saturation >= 0.25) return 'green';
  if (saturation < 0.42) return null;
  if (hue >= 346 || hue <= 13) return 'red';
  if (hue >= 19 && hue <= 36 && value >= 0.68) return 'orange';
  if (hue >= 43 && hue <= 66 && value >= 0.6) return 'yellow';
  if (hue >= 262 && hue <= 300) return 'purple';
  if (hue >= 306 && hue <= 338 && value >= 0.5) return 'pink';
  return null;
}

/**
 * The one colour of an object's pixels, or null where it is not clear. The mask must have the picture's size. The outer
 * pixel of every run is left out where the object is wide enough, since borders mix with the ground.
 */
export function objectColour(image: RgbImage, mask: Rle, areaPx: number, picture: PictureColours): ColourName | null {
  if (picture === 'false' || areaPx < 12) return null;
  const { counts, height } = mask;
  const step = Math.max(1, Math.floor(areaPx / mostPixels));
  const seen = new Map<ColourName, number>();
  let total = 0;
  let position = 0;
  let skip = 0;
  for (let run = 0; run + 1 < counts.length; run += 2) {
    position += counts[run];
    const length = counts[run + 1];
    const trim = length >= 5 ? 1 : 0;
    for (let offset = trim + skip; offset < length - trim; offset += step) {
      const pixel = position + offset;
      const at = ((pixel % height) * image.width + Math.floor(pixel / height)) * 3;
      const colour = pixelColour(image.data[at], image.data[at + 1], image.data[at + 2]);
      total++;
      if (colour) seen.set(colour, (seen.get(colour) ?? 0) + 1);
    }
    // Runs start at changing offsets, so that thinning does not follow a pattern of the object.
    skip = step > 1 ? (skip + length) % step : 0;
    position += length;
  }
  if (total < 8) return null;
  const [first, second] = [...seen.entries()].sort((a, b) => b[1] - a[1]);
  if (!first || first[1] < share.named * total || (second && second[1] > share.other * total)) return null;
  if (picture === 'grey' && first[0] !== 'white' && first[0] !== 'black') return null;
  if (picture === 'dark' && first[0] === 'black') return null;
  return first[0];
}
