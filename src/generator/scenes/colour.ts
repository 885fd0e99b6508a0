import type { Random } from '../../random/index.js';
import type { ColourName } from '../scene.js';

/** Red, green, blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** CSS text of a colour, optionally see-through. */
export function css([r, g, b]: Rgb, alpha = 1): string {
  const text = `${Math.round(r)},${Math.round(g)},${Math.round(b)}`;
  return alpha >= 1 ? `rgb(${text})` : `rgba(${text},${alpha.toFixed(3)})`;
}

/** Between two colours. */
export function mix(a: Rgb, b: Rgb, t: number): Rgb {
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

/** Lighter (factor above 1) or darker. */
export function shade([r, g, b]: Rgb, factor: number): Rgb {
  return [Math.min(255, r * factor), Math.min(255, g * factor), Math.min(255, b * factor)];
}

/** A colour near another: brightness within `spread` (relative), channels within a third of that. */
export function near(random: Random, colour: Rgb, spread: number): Rgb {
  const light = 1 + random.uniform(-spread, spread);
  const channel = (value: number): number =>
    Math.max(0, Math.min(255, value * light * (1 + random.uniform(-spread, spread) / 3)));
  return [channel(colour[0]), channel(colour[1]), channel(colour[2])];
}

/** Hue in degrees, saturation and value in 0 .. 1. */
export function hsv([r, g, b]: Rgb): { hue: number; saturation: number; value: number } {
  const high = Math.max(r, g, b);
  const low = Math.min(r, g, b);
  const range = high - low;
  let hue = 0;
  if (range > 0) {
    if (high === r) hue = ((g - b) / range) * 60;
    else if (high === g) hue = 120 + ((b - r) / range) * 60;
    else hue = 240 + ((r - g) / range) * 60;
  }
  return { hue: (hue + 360) % 360, saturation: high === 0 ? 0 : range / high, value: high / 255 };
}

/** Typical paints of each name; a thing's paint is drawn near one of them. */
const paints: Record<ColourName, readonly Rgb[]> = {
  white: [
    [238, 238, 236],
    [228, 230, 234],
  ],
  black: [
    [26, 26, 30],
    [36, 37, 40],
  ],
  grey: [
    [128, 130, 134],
    [108, 110, 112],
    [142, 143, 142],
  ],
  red: [
    [178, 34, 34],
    [196, 42, 38],
    [158, 28, 36],
  ],
  orange: [
    [226, 118, 34],
    [236, 132, 40],
  ],
  yellow: [
    [232, 198, 40],
    [240, 210, 62],
  ],
  green: [
    [44, 120, 66],
    [62, 138, 76],
    [36, 104, 72],
  ],
  blue: [
    [38, 78, 160],
    [52, 100, 184],
    [30, 58, 128],
  ],
  purple: [[104, 56, 140]],
  pink: [[226, 130, 168]],
  brown: [
    [112, 74, 46],
    [124, 84, 56],
  ],
  beige: [
    [214, 198, 164],
    [206, 186, 150],
  ],
};

/** A paint of that name. */
export function paintOf(random: Random, name: ColourName): Rgb {
  return near(random, random.pick(paints[name]), 0.08);
}

/** Draws a name by weight: `[['white', 5], ['red', 1]]`. */
export function weighted<T>(random: Random, choices: readonly (readonly [T, number])[]): T {
  let total = 0;
  for (const [, weight] of choices) total += weight;
  let left = random.uniform(0, total);
  for (const [value, weight] of choices) {
    left -= weight;
    if (left < 0) return value;
  }
  return choices[choices.length - 1][0];
}

/** The name a person would give a colour at a glance; undefined between names. */
export function nameColour(colour: Rgb): ColourName | undefined {
  const { hue, saturation, value } = hsv(colour);
  if (value < 0.24) return 'black';
  if (saturation < 0.13) {
    if (value > 0.76) return 'white';
    return value > 0.31 && value < 0.66 ? 'grey' : undefined;
  }
  if (hue >= 24 && hue <= 50 && saturation < 0.36 && saturation > 0.16 && value > 0.62) return 'beige';
  if (hue >= 8 && hue <= 42 && saturation > 0.3 && value < 0.56) return 'brown';
  if (saturation < 0.34 || value < 0.28) return undefined;
  if ((hue < 12 || hue > 346) && saturation > 0.48 && value > 0.36) return 'red';
  if (hue >= 16 && hue <= 38 && saturation > 0.52 && value > 0.6) return 'orange';
  if (hue >= 43 && hue <= 64 && saturation > 0.42 && value > 0.58) return 'yellow';
  if (hue >= 82 && hue <= 165) return 'green';
  if (hue >= 196 && hue <= 252) return 'blue';
  if (hue >= 266 && hue <= 300) return 'purple';
  return hue >= 310 && hue <= 345 && value > 0.6 ? 'pink' : undefined;
}
