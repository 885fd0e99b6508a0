import type { Random } from '../../random/index.js';
import type { Rgb } from './colour.js';
import { addNoise, cloudTile, crownTile, ridgeTile, whiteTile } from './noise.js';

/** A ground texture: colours blended by noise fields whose sizes are metres on the ground. */
export interface TextureSpec {
  readonly base: Rgb;
  /** Second colour and the size of its patches. */
  readonly second: Rgb;
  readonly patchM: number;
  /** 1 blends softly, 4 and more gives patches with an edge. */
  readonly contrast: number;
  /** Strength of fine structure (levels). */
  readonly grain: number;
  /** Size of the fine structure. */
  readonly grainM: number;
  /** Strength of pixel-sized speckle (levels). */
  readonly speckle: number;
  /** Thin ridges (levels) of that size: waves, cracks, rock. */
  readonly ridges?: { readonly strength: number; readonly sizeM: number; readonly stretch: number };
  /** Tree crowns (levels) of that width. */
  readonly crowns?: { readonly strength: number; readonly widthM: number };
  /** Parallel rows: crops, ploughing, mowing. */
  readonly rows?: { readonly strength: number; readonly spacingM: number; readonly angle: number };
  /** Streaks along one direction (levels): rolled asphalt, currents. */
  readonly streaks?: { readonly strength: number; readonly widthM: number; readonly angle: number };
}

let fields: { readonly blend: Float32Array; readonly light: Float32Array } | undefined;

/** Two zeroed fields of size x size, used again by the next texture. */
function scratch(size: number): { readonly blend: Float32Array; readonly light: Float32Array } {
  if (fields?.blend.length === size * size) {
    fields.blend.fill(0);
    fields.light.fill(0);
  } else fields = { blend: new Float32Array(size * size), light: new Float32Array(size * size) };
  return fields;
}

/** Fills RGBA pixels (size x size) with a texture; `random` sets where its noise lies. */
export function paintTexture(
  pixels: Uint8ClampedArray,
  size: number,
  gsdM: number,
  spec: TextureSpec,
  random: Random,
): void {
  const view = (sizeM: number, cells: number) => ({
    step: Math.min(6, (256 / cells) * (gsdM / sizeM)),
    offsetX: random.uniform(0, 256),
    offsetY: random.uniform(0, 256),
    angle: random.uniform(0, Math.PI),
  });
  const { blend, light } = scratch(size);
  addNoise(blend, size, size, cloudTile(4, random.integer(3)), view(spec.patchM, 4), 1);
  if (spec.grain > 0)
    addNoise(light, size, size, cloudTile(32, random.integer(2), 0.75), view(spec.grainM, 32), spec.grain);
  if (spec.speckle > 0) {
    addNoise(
      light,
      size,
      size,
      whiteTile(random.integer(2)),
      { step: 1, offsetX: random.integer(256), offsetY: random.integer(256) },
      spec.speckle,
    );
  }
  if (spec.ridges) {
    const at = view(spec.ridges.sizeM, 8);
    addNoise(light, size, size, ridgeTile(8, 0), { ...at, stretch: spec.ridges.stretch }, spec.ridges.strength);
  }
  if (spec.crowns) {
    const at = view(spec.crowns.widthM, 16);
    addNoise(light, size, size, crownTile(16, 0), { ...at, angle: 0 }, spec.crowns.strength);
  }
  if (spec.streaks) {
    const at = view(spec.streaks.widthM, 32);
    addNoise(
      light,
      size,
      size,
      cloudTile(32, 2, 0.6),
      { ...at, angle: spec.streaks.angle, stretch: 14 },
      spec.streaks.strength,
    );
  }
  const rows = spec.rows;
  // Rows finer than two pixels would alias into false stripes: they fade out instead.
  const rowStrength = rows ? rows.strength * Math.min(1, Math.max(0, rows.spacingM / gsdM / 2 - 0.6)) : 0;
  const wave = rows ? (2 * Math.PI * gsdM) / rows.spacingM : 0;
  const [rowX, rowY] = rows ? [Math.cos(rows.angle) * wave, Math.sin(rows.angle) * wave] : [0, 0];
  const [r0, g0, b0] = spec.base;
  const [dr, dg, db] = [spec.second[0] - r0, spec.second[1] - g0, spec.second[2] - b0];
  for (let y = 0, at = 0, out = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at++, out += 4) {
      const wanted = 0.5 + blend[at] * 0.5 * spec.contrast;
      const t = wanted < 0 ? 0 : Math.min(wanted, 1);
      let l = light[at];
      if (rowStrength > 0) l += rowStrength * Math.sin(x * rowX + y * rowY + blend[at] * 0.4);
      // Dark texture keeps its hue when brightness scales the colour instead of adding grey.
      const gain = 1 + l / 110;
      pixels[out] = (r0 + dr * t) * gain;
      pixels[out + 1] = (g0 + dg * t) * gain;
      pixels[out + 2] = (b0 + db * t) * gain;
      pixels[out + 3] = 255;
    }
  }
}
