import { createRandom } from '../../random/index.js';

/** Side of a noise tile; a power of two. */
export const tilePx = 256;
/** A periodic field of tilePx x tilePx numbers around 0, about -1 to 1. */
export type NoiseTile = Float32Array;

const tiles = new Map<string, NoiseTile>();

/** A tile made once a process: it depends on its name only, so that every scene may share it. */
function cached(name: string, make: () => NoiseTile): NoiseTile {
  const known = tiles.get(name);
  if (known) return known;
  const tile = make();
  tiles.set(name, tile);
  return tile;
}

/** Adds one octave of periodic value noise with smooth interpolation: `cells` lattice cells a side. */
function addOctave(tile: NoiseTile, cells: number, amplitude: number, seed: string): void {
  const random = createRandom('noise', seed, cells);
  const lattice = Float32Array.from({ length: cells * cells }, () => random.uniform(-1, 1));
  const step = cells / tilePx;
  for (let y = 0; y < tilePx; y++) {
    const v = y * step;
    const v0 = Math.floor(v);
    const fy = (v - v0) * (v - v0) * (3 - 2 * (v - v0));
    const row0 = (v0 % cells) * cells;
    const row1 = ((v0 + 1) % cells) * cells;
    for (let x = 0; x < tilePx; x++) {
      const u = x * step;
      const u0 = Math.floor(u);
      const fx = (u - u0) * (u - u0) * (3 - 2 * (u - u0));
      const c0 = u0 % cells;
      const c1 = (u0 + 1) % cells;
      const top = lattice[row0 + c0] + (lattice[row0 + c1] - lattice[row0 + c0]) * fx;
      const bottom = lattice[row1 + c0] + (lattice[row1 + c1] - lattice[row1 + c0]) * fx;
      tile[y * tilePx + x] += amplitude * (top + (bottom - top) * fy);
    }
  }
}

function normalise(tile: NoiseTile): NoiseTile {
  let [sum, squares] = [0, 0];
  for (const value of tile) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / tile.length;
  const deviation = Math.sqrt(squares / tile.length - mean * mean) || 1;
  for (let index = 0; index < tile.length; index++) {
    tile[index] = Math.max(-1.5, Math.min(1.5, (tile[index] - mean) / (2 * deviation)));
  }
  return tile;
}

/** Multi-octave value noise; `base` lattice cells in its coarsest octave, each finer one `gain` as strong. */
export function cloudTile(base: number, variant: number, gain = 0.55): NoiseTile {
  return cached(`cloud ${base} ${variant} ${gain}`, () => {
    const tile = new Float32Array(tilePx * tilePx);
    let amplitude = 1;
    for (let cells = base; cells <= tilePx / 2; cells *= 2) {
      addOctave(tile, cells, amplitude, `cloud ${variant}`);
      amplitude *= gain;
    }
    return normalise(tile);
  });
}

/** Ridged noise: thin bright lines, for water, rock and cracked soil. */
export function ridgeTile(base: number, variant: number): NoiseTile {
  return cached(`ridge ${base} ${variant}`, () => {
    const tile = new Float32Array(tilePx * tilePx);
    let amplitude = 1;
    for (let cells = base; cells <= tilePx / 2; cells *= 2) {
      const octave = new Float32Array(tilePx * tilePx);
      addOctave(octave, cells, 1, `ridge ${variant}`);
      for (let index = 0; index < tile.length; index++) tile[index] += amplitude * (0.5 - Math.abs(octave[index]));
      amplitude *= 0.5;
    }
    return normalise(tile);
  });
}

/** Independent normal numbers, deviation 0.5. */
export function whiteTile(variant: number): NoiseTile {
  return cached(`white ${variant}`, () => {
    const random = createRandom('noise', 'white', variant);
    const tile = new Float32Array(tilePx * tilePx);
    for (let index = 0; index < tile.length; index++) {
      tile[index] = Math.max(-1.6, Math.min(1.6, 0.5 * random.normal()));
    }
    return tile;
  });
}

/** Domes packed at random, lit from one side: tree crowns of a closed forest; about `cells` crowns a side. */
export function crownTile(cells: number, variant: number): NoiseTile {
  return cached(`crown ${cells} ${variant}`, () => {
    const random = createRandom('noise', 'crown', variant);
    const height = new Float32Array(tilePx * tilePx);
    const pitch = tilePx / cells;
    for (let index = 0; index < cells * cells * 2.2; index++) {
      const [cx, cy] = [random.uniform(0, tilePx), random.uniform(0, tilePx)];
      const radius = pitch * random.uniform(0.4, 1.05);
      const top = random.uniform(0.5, 1);
      const reach = Math.ceil(radius);
      for (let dy = -reach; dy <= reach; dy++) {
        for (let dx = -reach; dx <= reach; dx++) {
          const d = (dx * dx + dy * dy) / (radius * radius);
          if (d >= 1) continue;
          const at = ((Math.floor(cy) + dy) & (tilePx - 1)) * tilePx + ((Math.floor(cx) + dx) & (tilePx - 1));
          height[at] = Math.max(height[at], top * Math.sqrt(1 - d));
        }
      }
    }
    const rough = cloudTile(64, 7);
    const tile = new Float32Array(tilePx * tilePx);
    for (let y = 0; y < tilePx; y++) {
      for (let x = 0; x < tilePx; x++) {
        const at = y * tilePx + x;
        const behind = ((y - 1) & (tilePx - 1)) * tilePx + ((x - 1) & (tilePx - 1));
        tile[at] = height[at] * 0.9 + (height[at] - height[behind]) * 1.6 + rough[at] * 0.25;
      }
    }
    return normalise(tile);
  });
}

/** How a tile is laid over a picture: tile pixels per picture pixel, turned, from an offset. */
export interface NoiseView {
  readonly step: number;
  readonly offsetX: number;
  readonly offsetY: number;
  /** Stretch along the turned x axis; above 1 gives streaks. */
  readonly stretch?: number;
  readonly angle?: number;
}

/** Adds `amplitude` times a tile, sampled bilinearly, to a field of width x height. */
export function addNoise(
  field: Float32Array,
  width: number,
  height: number,
  tile: NoiseTile,
  view: NoiseView,
  amplitude: number,
): void {
  const angle = view.angle ?? 0;
  const mask = tilePx - 1;
  if (angle === 0 && view.step === 1 && !view.stretch) {
    // Pixel for pixel: nothing to interpolate.
    const [left, top] = [Math.floor(view.offsetX), Math.floor(view.offsetY)];
    for (let y = 0, at = 0; y < height; y++) {
      const row = ((y + top) & mask) << 8;
      for (let x = 0; x < width; x++, at++) field[at] += amplitude * tile[row | ((x + left) & mask)];
    }
    return;
  }
  const [ax, ay] = [
    (Math.cos(angle) * view.step) / (view.stretch ?? 1),
    (Math.sin(angle) * view.step) / (view.stretch ?? 1),
  ];
  const [bx, by] = [-Math.sin(angle) * view.step, Math.cos(angle) * view.step];
  // Offsets far above zero keep the floor a plain truncation.
  const [ox, oy] = [view.offsetX + tilePx * 64, view.offsetY + tilePx * 64];
  for (let y = 0; y < height; y++) {
    let u = ox + y * ay;
    let v = oy + y * by;
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const u0 = u | 0;
      const v0 = v | 0;
      const fx = u - u0;
      const fy = v - v0;
      const r0 = (v0 & mask) << 8;
      const r1 = ((v0 + 1) & mask) << 8;
      const c0 = u0 & mask;
      const c1 = (u0 + 1) & mask;
      const a = tile[r0 | c0];
      const b = tile[r1 | c0];
      const top = a + (tile[r0 | c1] - a) * fx;
      const bottom = b + (tile[r1 | c1] - b) * fx;
      field[at] += amplitude * (top + (bottom - top) * fy);
      u += ax;
      v += bx;
    }
  }
}
