import type { Random } from '../../random/index.js';
import { mix, near, type Rgb, weighted } from './colour.js';
import type { TextureSpec } from './texture.js';

/** What ground and cover are made of. */
export type Material =
  | 'grass'
  | 'meadow'
  | 'soil'
  | 'sand'
  | 'rock'
  | 'snow'
  | 'asphalt'
  | 'concrete'
  | 'apron'
  | 'gravel'
  | 'water'
  | 'sea'
  | 'forest'
  | 'crop'
  | 'turf'
  | 'clay'
  | 'mud';

/** Colours and noise of a material, drawn anew for every scene. */
export function materialSpec(material: Material, random: Random): TextureSpec {
  const plain = (base: Rgb, second: Rgb, rest: Partial<TextureSpec> = {}): TextureSpec => ({
    base: near(random, base, 0.14),
    second: near(random, second, 0.14),
    patchM: random.uniform(15, 60),
    contrast: random.uniform(0.8, 1.6),
    grain: 9,
    grainM: 1.2,
    speckle: 5,
    ...rest,
  });
  switch (material) {
    case 'grass': {
      const green = random.pick<Rgb>([
        [74, 92, 52],
        [66, 88, 46],
        [88, 102, 58],
        [58, 76, 48],
        [98, 112, 62],
      ]);
      return plain(green, mix(green, [138, 124, 84], random.uniform(0.15, 0.75)), {
        contrast: random.uniform(0.8, 2.2),
        grain: random.uniform(7, 16),
        speckle: 7,
      });
    }
    case 'meadow': {
      const straw = random.pick<Rgb>([
        [140, 128, 84],
        [122, 116, 76],
        [150, 138, 100],
        [108, 106, 66],
      ]);
      return plain(straw, mix(straw, [76, 90, 52], random.uniform(0.3, 0.9)), {
        contrast: random.uniform(1.2, 3),
        grain: 14,
        speckle: 8,
      });
    }
    case 'soil': {
      const soil = random.pick<Rgb>([
        [142, 112, 82],
        [158, 118, 84],
        [120, 98, 76],
        [172, 138, 104],
        [150, 100, 70],
        [128, 118, 102],
      ]);
      return plain(soil, mix(soil, [196, 178, 148], random.uniform(0.2, 0.7)), { grain: 12, speckle: 7 });
    }
    case 'sand': {
      const sand = random.pick<Rgb>([
        [206, 186, 148],
        [194, 172, 134],
        [214, 200, 172],
        [186, 166, 138],
        [218, 212, 200],
      ]);
      return plain(sand, mix(sand, [160, 136, 104], random.uniform(0.2, 0.6)), {
        grain: 6,
        speckle: 3,
        ridges: { strength: random.uniform(0, 8), sizeM: random.uniform(6, 25), stretch: 3 },
      });
    }
    case 'rock':
      return plain([120, 112, 102], [84, 80, 74], {
        contrast: 2.5,
        grain: 20,
        ridges: { strength: 22, sizeM: random.uniform(8, 30), stretch: 1.6 },
      });
    case 'snow':
      return plain([226, 230, 238], [196, 204, 220], { grain: 4, speckle: 2, patchM: 40 });
    case 'asphalt': {
      const grey = random.uniform(58, 132);
      const tint = random.uniform(-5, 6);
      const base: Rgb = [grey + tint, grey + tint / 3, grey - tint];
      return plain(base, mix(base, [150, 148, 142], random.uniform(0.05, 0.3)), {
        patchM: random.uniform(6, 30),
        grain: 5,
        speckle: 5,
        streaks: { strength: 5, widthM: 0.8, angle: random.uniform(0, 3) },
      });
    }
    case 'concrete': {
      const grey = random.uniform(150, 206);
      const base: Rgb = [grey, grey - random.uniform(0, 8), grey - random.uniform(4, 20)];
      return plain(base, mix(base, [128, 122, 112], 0.4), { patchM: random.uniform(6, 25), grain: 6, speckle: 4 });
    }
    case 'apron': {
      const grey = random.uniform(104, 184);
      const base: Rgb = [grey + 2, grey - 1, grey - random.uniform(2, 14)];
      return plain(base, mix(base, [92, 90, 86], 0.45), {
        patchM: random.uniform(12, 60),
        grain: 5,
        speckle: 4,
        streaks: { strength: 6, widthM: 2, angle: random.uniform(0, 3) },
      });
    }
    case 'gravel':
      return plain([150, 140, 126], [118, 108, 98], { grain: 10, speckle: 10, patchM: 8 });
    case 'water': {
      const water = random.pick<Rgb>([
        [52, 66, 58],
        [40, 58, 62],
        [70, 78, 62],
        [36, 46, 52],
        [84, 92, 78],
        [46, 74, 84],
        [30, 60, 44],
        [92, 86, 66],
      ]);
      return plain(water, mix(water, [24, 34, 44], random.uniform(0.1, 0.5)), {
        patchM: random.uniform(40, 160),
        contrast: 0.9,
        grain: random.uniform(0, 5),
        grainM: 3,
        speckle: 2,
        ridges: { strength: random.uniform(0, 7), sizeM: random.uniform(2, 7), stretch: random.uniform(1.5, 4) },
      });
    }
    case 'sea': {
      const sea = random.pick<Rgb>([
        [22, 48, 62],
        [28, 58, 72],
        [18, 40, 44],
        [36, 70, 80],
        [30, 52, 46],
        [52, 84, 92],
        [24, 32, 40],
        [58, 74, 84],
      ]);
      return plain(sea, mix(sea, [46, 84, 84], random.uniform(0.1, 0.6)), {
        patchM: random.uniform(80, 300),
        contrast: 0.9,
        grain: random.uniform(1, 9),
        grainM: random.uniform(2, 6),
        speckle: 3,
        ridges: { strength: random.uniform(2, 16), sizeM: random.uniform(3, 14), stretch: random.uniform(2, 5) },
      });
    }
    case 'forest': {
      const green = random.pick<Rgb>([
        [44, 62, 38],
        [52, 70, 42],
        [38, 54, 36],
        [62, 72, 44],
        [70, 66, 46],
        [86, 72, 56],
        [40, 58, 48],
      ]);
      return plain(green, mix(green, [82, 92, 54], random.uniform(0.15, 0.5)), {
        grain: 10,
        speckle: 9,
        patchM: 30,
        crowns: { strength: random.uniform(32, 50), widthM: random.uniform(5, 11) },
      });
    }
    case 'crop': {
      const crop = random.pick<Rgb>([
        [104, 124, 62],
        [78, 106, 52],
        [152, 138, 90],
        [128, 104, 76],
        [170, 154, 104],
        [92, 100, 56],
        [62, 92, 48],
      ]);
      return plain(crop, mix(crop, [142, 122, 88], random.uniform(0.1, 0.5)), {
        patchM: random.uniform(30, 120),
        grain: 6,
        speckle: 5,
        rows: {
          strength: random.uniform(5, 16),
          spacingM: weighted(random, [
            [random.uniform(0.8, 2), 2],
            [random.uniform(2, 6), 2],
          ]),
          angle: random.uniform(0, Math.PI),
        },
      });
    }
    case 'turf': {
      const green = random.pick<Rgb>([
        [76, 112, 56],
        [66, 100, 54],
        [92, 122, 66],
        [58, 96, 62],
        [108, 120, 72],
      ]);
      return plain(green, mix(green, [128, 124, 80], random.uniform(0.1, 0.5)), { grain: 6, speckle: 5, patchM: 20 });
    }
    case 'clay':
      return plain([164, 104, 78], [178, 126, 96], { grain: 5, speckle: 4, patchM: 10 });
    case 'mud':
      return plain([112, 98, 80], [84, 78, 66], { contrast: 2, grain: 10, patchM: 14 });
  }
}
