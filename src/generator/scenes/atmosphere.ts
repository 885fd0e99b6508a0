import type { Random } from '../../random/index.js';
import type { Rgb } from './colour.js';
import { addNoise, cloudTile, whiteTile } from './noise.js';

/** How air and camera change a picture. */
export interface Atmosphere {
  /** Blend towards the haze colour, 0 to about 0.3. */
  readonly haze: number;
  readonly hazeColour: Rgb;
  /** Share of the sky with clouds; 0 for none. */
  readonly clouds: number;
  readonly cloudScale: number;
  readonly gain: Rgb;
  readonly gamma: number;
  readonly saturation: number;
  readonly contrast: number;
  /** Uneven brightness of the ground (relative). */
  readonly mottle: number;
  readonly vignette: number;
  /** Deviation of the sensor's noise, levels. */
  readonly noise: number;
  /** Share of the noise common to the three channels. */
  readonly noiseGrey: number;
  /** Standard deviation of the blur, pixels. */
  readonly blur: number;
  readonly mode: 'colour' | 'grey' | 'infrared' | 'swapped';
  readonly quality: number;
  readonly fullChroma: boolean;
}

/** Draws the conditions of a scene of that ground sample distance: mostly plain, now and then far out. */
export function drawAtmosphere(random: Random, gsdM: number): Atmosphere {
  const odd = random.next();
  const tint = random.next() < 0.35 ? 0.1 : 0.04;
  const mode = odd < 0.03 ? 'grey' : odd < 0.05 ? 'infrared' : odd < 0.056 ? 'swapped' : 'colour';
  const exposure = random.uniform(0.78, 1.14);
  return {
    haze: random.next() < 0.7 ? random.uniform(0, 0.1) : random.uniform(0.05, 0.26),
    hazeColour: [random.uniform(150, 205), random.uniform(165, 210), random.uniform(170, 220)],
    clouds: random.next() < 0.08 && gsdM > 0.3 ? random.uniform(0.08, 0.26) : 0,
    cloudScale: random.uniform(0.25, 0.7),
    gain: [
      exposure * (1 + random.uniform(-tint, tint)),
      exposure * (1 + random.uniform(-tint, tint) * 0.7),
      exposure * (1 + random.uniform(-tint, tint)),
    ],
    gamma: random.uniform(0.86, 1.18),
    saturation: mode === 'grey' ? 0 : random.next() < 0.8 ? random.uniform(0.55, 1) : random.uniform(0.95, 1.2),
    contrast: random.uniform(0.86, 1.24),
    mottle: random.uniform(0.02, 0.1),
    vignette: random.next() < 0.2 ? random.uniform(0.03, 0.16) : 0,
    noise: random.next() < 0.5 ? random.uniform(0.4, 2.4) : random.uniform(2, 7),
    noiseGrey: random.uniform(0.4, 1),
    blur: random.next() < 0.45 ? random.uniform(0.3, 0.55) : random.uniform(0.5, 1.15),
    mode,
    quality: Math.round(random.next() < 0.7 ? random.uniform(78, 95) : random.uniform(48, 78)),
    fullChroma: random.next() < 0.4,
  };
}

/** Applies air and camera to RGBA pixels and returns RGB pixels. */
export function applyAtmosphere(
  rgba: Uint8ClampedArray,
  size: number,
  air: Atmosphere,
  random: Random,
  shadow: readonly [number, number],
): Uint8ClampedArray {
  const rgb = new Uint8ClampedArray(size * size * 3);
  const light = new Float32Array(size * size);
  const scale = 256 / size;
  const place = () => ({
    offsetX: random.uniform(0, 256),
    offsetY: random.uniform(0, 256),
    angle: random.uniform(0, 3),
  });
  addNoise(light, size, size, cloudTile(4, 1), { ...place(), step: scale * random.uniform(0.3, 1.2) }, air.mottle);
  const cover = air.clouds > 0 ? new Float32Array(size * size) : undefined;
  const shade = air.clouds > 0 ? new Float32Array(size * size) : undefined;
  if (cover && shade) {
    const at = { ...place(), step: air.cloudScale * scale, angle: 0 };
    addNoise(cover, size, size, cloudTile(2, 0, 0.5), at, 1);
    const [dx, dy] = [shadow[0] * at.step, shadow[1] * at.step];
    addNoise(shade, size, size, cloudTile(2, 0, 0.5), { ...at, offsetX: at.offsetX - dx, offsetY: at.offsetY - dy }, 1);
  }
  const level = 1 - 2.2 * air.clouds;
  const curve = toneCurve(air);
  const noise = whiteTile(0);
  const coloured = whiteTile(1);
  const [nx, ny] = [random.integer(256), random.integer(256)];
  const grey = air.noise * 2 * air.noiseGrey;
  const own = air.noise * 2 * (1 - air.noiseGrey);
  const [hr, hg, hb] = air.hazeColour;
  const keep = 1 - air.haze;
  const half = size / 2;
  for (let y = 0, at = 0, from = 0, to = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at++, from += 4, to += 3) {
      let gain = 1 + light[at];
      if (air.vignette > 0) {
        const [u, v] = [(x - half) / half, (y - half) / half];
        gain *= 1 - air.vignette * (u * u + v * v);
      }
      if (shade) {
        const dark = (shade[at] - level) * 2.4;
        if (dark > 0) gain *= 1 - 0.45 * Math.min(1, dark);
      }
      let [r0, g0, b0] = [rgba[from], rgba[from + 1], rgba[from + 2]];
      if (air.mode !== 'colour') [r0, g0, b0] = otherBands(air.mode, r0, g0, b0);
      let r = (r0 * gain * keep + hr * air.haze) * air.gain[0];
      let g = (g0 * gain * keep + hg * air.haze) * air.gain[1];
      let b = (b0 * gain * keep + hb * air.haze) * air.gain[2];
      if (cover) {
        const thick = Math.min(0.6, Math.max(0, (cover[at] - level) * 0.9));
        if (thick > 0) {
          const white = 236 + 14 * cover[at];
          r += (white - r) * thick;
          g += (white - g) * thick;
          b += (white - b) * thick;
        }
      }
      const luma = 0.3 * r + 0.59 * g + 0.11 * b;
      r = luma + (r - luma) * air.saturation;
      g = luma + (g - luma) * air.saturation;
      b = luma + (b - luma) * air.saturation;
      const speck = (((y + ny) & 255) << 8) | ((x + nx) & 255);
      const n = noise[speck] * grey;
      rgb[to] = curve[r < 0 ? 0 : r > 255 ? 255 : r | 0] + n + coloured[speck] * own;
      rgb[to + 1] = curve[g < 0 ? 0 : g > 255 ? 255 : g | 0] + n + coloured[(speck + 97) & 65535] * own;
      rgb[to + 2] = curve[b < 0 ? 0 : b > 255 ? 255 : b | 0] + n + coloured[(speck + 7777) & 65535] * own;
    }
  }
  return rgb;
}

/** Grey, colour-infrared (plants shine in the first band) or exchanged bands. */
function otherBands(mode: Atmosphere['mode'], r: number, g: number, b: number): [number, number, number] {
  if (mode === 'grey') {
    const luma = 0.3 * r + 0.59 * g + 0.11 * b;
    return [luma, luma, luma];
  }
  if (mode === 'swapped') return [b, g, r];
  // What is clearly greener than red and blue is taken for a plant; water and stone are not.
  const greener = (g - Math.max(r, b)) / (g + 1);
  const plant = Math.max(0, Math.min(1, (greener - 0.11) / 0.08));
  return [Math.min(255, r + plant * (g * 1.5 + 20 - r * 0.4)), r + (g - r) * 0.3 * (1 - plant), g * 0.95];
}

function toneCurve(air: Atmosphere): Float32Array {
  return Float32Array.from({ length: 256 }, (_, value) => {
    const bent = 255 * (value / 255) ** air.gamma;
    return Math.max(0, Math.min(255, 118 + (bent - 118) * air.contrast));
  });
}

/** Blurs RGB pixels by passes of a three-tap kernel until their deviation is `sigma` pixels, in place. */
export function blurPixels(rgb: Uint8ClampedArray, size: number, sigma: number): void {
  if (sigma < 0.2) return;
  // One pass of weights a, 1 - 2a, a has variance 2a; beyond a = 1/3 it would ring.
  const passes = Math.ceil((sigma * sigma) / 0.62);
  const side = (sigma * sigma) / passes / 2;
  for (let pass = 0; pass < passes; pass++) blurOnce(rgb, size, side);
}

function blurOnce(rgb: Uint8ClampedArray, size: number, side: number): void {
  const middle = 1 - 2 * side;
  const stride = size * 3;
  let above = new Float32Array(stride);
  let here = new Float32Array(stride);
  let below = new Float32Array(stride);
  // Each row is blurred across once, and joins three rows of the result.
  const across = (row: Float32Array, y: number): void => {
    const start = y * stride;
    for (let i = 3; i < stride - 3; i++) {
      row[i] = middle * rgb[start + i] + side * (rgb[start + i - 3] + rgb[start + i + 3]);
    }
    for (let k = 0; k < 3; k++) {
      row[k] = rgb[start + k];
      row[stride - 3 + k] = rgb[start + stride - 3 + k];
    }
  };
  across(here, 0);
  above.set(here);
  for (let y = 0; y < size; y++) {
    if (y + 1 < size) across(below, y + 1);
    else below.set(here);
    const start = y * stride;
    for (let i = 0; i < stride; i++) rgb[start + i] = middle * here[i] + side * (above[i] + below[i]);
    [above, here, below] = [here, below, above];
  }
}
