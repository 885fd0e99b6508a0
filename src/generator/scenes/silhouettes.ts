import type { Rle } from '../../masks/index.js';
import type { Ring } from './geometry.js';

/** How a thing meets those drawn before it. */
export interface SilhouetteRules {
  /**
   * `terrain` and `surface` things may hold others (land, ocean; road, parking, court): they keep what lies on them
   * unless it cuts. An `opaque` thing takes its pixels from every opaque thing drawn before.
   */
  readonly kind: 'terrain' | 'surface' | 'opaque';
  /** Takes its pixels also from terrain (`terrain`), from terrain and surfaces (`surface`), or from neither. */
  readonly cuts: 'nothing' | 'terrain' | 'surface';
  /** Leaves room for plants (grass, land). */
  readonly free?: boolean;
}

/** A visible mask. */
export interface Silhouette {
  readonly id: number;
  readonly boxXywh: readonly [number, number, number, number];
  readonly centre: readonly [number, number];
  readonly areaPx: number;
  /** Pixels inside the picture before later things covered some. */
  readonly drawnPx: number;
  /** Whether the outline left the picture. */
  readonly clipped: boolean;
  readonly mask: Rle;
  /** Whether the pixel belongs to the visible mask. */
  has(x: number, y: number): boolean;
}

export interface Silhouettes {
  /** Draws the union of outlines given in pixels as the next thing, and returns its id (from 1). */
  add(rings: readonly Ring[], rules: SilhouetteRules): number;
  /** Draws what hides others and is no thing itself (a tree, an unlabelled roof). */
  cover(rings: readonly Ring[]): void;
  /** Lays ground: hides earlier terrain and surfaces unless `keeps`; plants may grow on it if `free`. */
  ground(rings: readonly Ring[], options?: { readonly keeps?: boolean; readonly free?: boolean }): void;
  /** Whether nothing but ground lies at a pixel. */
  isFree(x: number, y: number): boolean;
  /** The visible masks of all things that kept at least one pixel. */
  finish(): Silhouette[];
}

interface Layer {
  readonly id: number;
  readonly rules: SilhouetteRules;
  readonly order: number;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  drawnPx: number;
  clipped: boolean;
  /** Own pixels over the box x0 .. x1, y0 .. y1, for terrain and surfaces. */
  bits?: Uint8Array;
}

/**
 * Exact instance masks: every outline is filled by pixel centres, without antialiasing (a pixel belongs to a thing
 * where the outline holds its centre), in drawing order.
 */
export function createSilhouettes(size: number): Silhouettes {
  const opaque = new Uint16Array(size * size);
  const cutTerrain = new Uint16Array(size * size);
  const cutSurface = new Uint16Array(size * size);
  const taken = new Uint8Array(size * size);
  const scratch = new Uint8Array(size * size);
  const layers: Layer[] = [];
  let order = 0;

  /** Calls `span(y, from, to)` for every run of pixel centres inside the outline (even-odd), clipped to the picture. */
  const fill = (ring: Ring, span: (y: number, from: number, to: number) => void): boolean => {
    let [low, high, left, right] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [x, y] of ring) {
      if (y < low) low = y;
      if (y > high) high = y;
      if (x < left) left = x;
      if (x > right) right = x;
    }
    const outside = low < -0.5 || left < -0.5 || high > size + 0.5 || right > size + 0.5;
    if (right <= 0 || left >= size) return outside;
    const first = Math.max(0, Math.ceil(low - 0.5));
    const last = Math.min(size - 1, Math.ceil(high - 0.5) - 1);
    const crossings: number[] = [];
    for (let y = first; y <= last; y++) {
      const centre = y + 0.5;
      crossings.length = 0;
      for (let index = 0, before = ring.length - 1; index < ring.length; before = index++) {
        const y1 = ring[index][1];
        const y0 = ring[before][1];
        if (y1 > centre === y0 > centre) continue;
        const x1 = ring[index][0];
        crossings.push(x1 + ((ring[before][0] - x1) * (centre - y1)) / (y0 - y1));
      }
      crossings.sort((a, b) => a - b);
      for (let index = 0; index + 1 < crossings.length; index += 2) {
        const from = Math.max(0, Math.ceil(crossings[index] - 0.5));
        const to = Math.min(size, Math.ceil(crossings[index + 1] - 0.5));
        if (to > from) span(y, from, to);
      }
    }
    return outside;
  };

  const cut = (rings: readonly Ring[], cuts: SilhouetteRules['cuts']): void => {
    if (cuts === 'nothing') return;
    for (const ring of rings) {
      fill(ring, (y, from, to) => {
        cutTerrain.fill(order, y * size + from, y * size + to);
        if (cuts === 'surface') cutSurface.fill(order, y * size + from, y * size + to);
      });
    }
  };

  const add = (rings: readonly Ring[], rules: SilhouetteRules): number => {
    order++;
    const layer: Layer = {
      id: layers.length + 1,
      rules,
      order,
      x0: size,
      y0: size,
      x1: 0,
      y1: 0,
      drawnPx: 0,
      clipped: false,
    };
    layers.push(layer);
    const bits = rules.kind === 'opaque' ? undefined : scratch;
    const takes = rules.free ? 0 : 1;
    for (const ring of rings) {
      const outside = fill(ring, (y, from, to) => {
        if (y < layer.y0) layer.y0 = y;
        if (y >= layer.y1) layer.y1 = y + 1;
        if (from < layer.x0) layer.x0 = from;
        if (to > layer.x1) layer.x1 = to;
        const row = y * size;
        taken.fill(takes, row + from, row + to);
        if (bits) bits.fill(1, row + from, row + to);
        else {
          for (let at = row + from; at < row + to; at++) {
            if (opaque[at] !== layer.id) {
              opaque[at] = layer.id;
              layer.drawnPx++;
            }
          }
        }
      });
      layer.clipped ||= outside;
    }
    cut(rings, rules.cuts);
    if (bits && layer.x1 > layer.x0) {
      const width = layer.x1 - layer.x0;
      const own = new Uint8Array(width * (layer.y1 - layer.y0));
      for (let y = layer.y0; y < layer.y1; y++) {
        own.set(bits.subarray(y * size + layer.x0, y * size + layer.x1), (y - layer.y0) * width);
      }
      for (const bit of own) layer.drawnPx += bit;
      for (let y = layer.y0; y < layer.y1; y++) scratch.fill(0, y * size + layer.x0, y * size + layer.x1);
      layer.bits = own;
    }
    return layer.id;
  };

  const finishOne = (layer: Layer): Silhouette | undefined => {
    if (layer.drawnPx === 0) return undefined;
    const width = layer.x1 - layer.x0;
    const bits = layer.bits;
    const cutting = layer.rules.kind === 'terrain' ? cutTerrain : cutSurface;
    const has = bits
      ? (x: number, y: number): boolean =>
          x >= layer.x0 &&
          x < layer.x1 &&
          y >= layer.y0 &&
          y < layer.y1 &&
          bits[(y - layer.y0) * width + x - layer.x0] === 1 &&
          cutting[y * size + x] <= layer.order
      : (x: number, y: number): boolean => opaque[y * size + x] === layer.id;
    const counts: number[] = [];
    let [run, value, area, sumX, sumY] = [layer.x0 * size, false, 0, 0, 0];
    let [x0, y0, x1, y1] = [size, size, 0, 0];
    for (let x = layer.x0; x < layer.x1; x++) {
      run += value ? 0 : layer.y0;
      if (value && layer.y0 > 0) {
        counts.push(run);
        run = layer.y0;
        value = false;
      }
      for (let y = layer.y0; y < layer.y1; y++) {
        const at = y * size + x;
        const inside = bits
          ? bits[(y - layer.y0) * width + x - layer.x0] === 1 && cutting[at] <= layer.order
          : opaque[at] === layer.id;
        if (inside !== value) {
          counts.push(run);
          run = 0;
          value = inside;
        }
        run++;
        if (inside) {
          area++;
          sumX += x + 0.5;
          sumY += y + 0.5;
          if (x < x0) x0 = x;
          if (x >= x1) x1 = x + 1;
          if (y < y0) y0 = y;
          if (y >= y1) y1 = y + 1;
        }
      }
      const below = size - layer.y1;
      if (below > 0) {
        if (value) {
          counts.push(run);
          run = 0;
          value = false;
        }
        run += below;
      }
    }
    const after = (size - layer.x1) * size;
    if (after > 0) {
      if (value) {
        counts.push(run);
        run = 0;
      }
      run += after;
    }
    if (run > 0) counts.push(run);
    if (area === 0) return undefined;
    return {
      id: layer.id,
      boxXywh: [x0, y0, x1 - x0, y1 - y0],
      centre: [sumX / area, sumY / area],
      areaPx: area,
      drawnPx: layer.drawnPx,
      clipped: layer.clipped,
      mask: { height: size, width: size, counts: Uint32Array.from(counts) },
      has,
    };
  };

  return {
    add,
    cover(rings) {
      order++;
      for (const ring of rings) {
        fill(ring, (y, from, to) => {
          opaque.fill(0, y * size + from, y * size + to);
          taken.fill(1, y * size + from, y * size + to);
        });
      }
      cut(rings, 'surface');
    },
    ground(rings, { keeps = false, free = true } = {}) {
      order++;
      const value = free ? 0 : 1;
      for (const ring of rings) fill(ring, (y, from, to) => taken.fill(value, y * size + from, y * size + to));
      if (!keeps) cut(rings, 'surface');
    },
    isFree: (x, y) => x >= 0 && y >= 0 && x < size && y < size && taken[y * size + x] === 0,
    finish: () => layers.map(finishOne).filter((one) => one !== undefined),
  };
}
