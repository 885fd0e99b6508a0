import { describe, expect, it } from 'vitest';
import { disc, type Ring, rectangle } from './geometry.js';
import { createSilhouettes } from './silhouettes.js';

const box = (x0: number, y0: number, x1: number, y1: number): Ring =>
  rectangle((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0);

describe('silhouettes', () => {
  it('fill by pixel centres', () => {
    const shapes = createSilhouettes(8);
    shapes.add([box(1, 2, 4, 5)], { kind: 'opaque', cuts: 'nothing' });
    shapes.add([box(5.4, 5.6, 7.4, 7.4)], { kind: 'opaque', cuts: 'nothing' });
    const [first, second] = shapes.finish();
    expect(first.boxXywh).toEqual([1, 2, 3, 3]);
    expect(first.areaPx).toBe(9);
    expect([...first.mask.counts]).toEqual([10, 3, 5, 3, 5, 3, 35]);
    expect(second.boxXywh).toEqual([5, 6, 2, 1]);
  });

  it('reach the corners of the picture and know what leaves it', () => {
    const shapes = createSilhouettes(4);
    shapes.add([box(-3, -3, 9, 9)], { kind: 'terrain', cuts: 'nothing' });
    shapes.add([box(2, 2, 4, 4)], { kind: 'opaque', cuts: 'nothing' });
    const [all, corner] = shapes.finish();
    expect([...all.mask.counts]).toEqual([0, 16]);
    expect(all.clipped).toBe(true);
    expect([...corner.mask.counts]).toEqual([10, 2, 2, 2]);
    expect(corner.clipped).toBe(false);
  });

  it('give pixels to the later opaque thing, and keep holders whole unless cut', () => {
    const shapes = createSilhouettes(16);
    shapes.add([box(0, 0, 16, 16)], { kind: 'terrain', cuts: 'terrain' });
    shapes.add([box(2, 2, 12, 12)], { kind: 'surface', cuts: 'terrain' });
    shapes.add([box(4, 4, 8, 8)], { kind: 'opaque', cuts: 'nothing' });
    shapes.add([box(6, 4, 10, 8)], { kind: 'opaque', cuts: 'surface' });
    const [ground, road, car, roof] = shapes.finish().map(({ areaPx }) => areaPx);
    expect(ground).toBe(256 - 100);
    expect(road).toBe(100 - 16);
    expect(car).toBe(8);
    expect(roof).toBe(16);
  });

  it('leave out what is wholly covered or outside', () => {
    const shapes = createSilhouettes(16);
    shapes.add([disc(8, 8, 3)], { kind: 'opaque', cuts: 'nothing' });
    shapes.add([disc(40, 8, 3)], { kind: 'opaque', cuts: 'nothing' });
    shapes.cover([box(0, 0, 16, 16)]);
    expect(shapes.finish()).toEqual([]);
  });

  it('know where plants may grow', () => {
    const shapes = createSilhouettes(16);
    shapes.add([box(0, 0, 8, 16)], { kind: 'surface', cuts: 'terrain' });
    expect([shapes.isFree(3, 3), shapes.isFree(12, 3)]).toEqual([false, true]);
    shapes.ground([box(0, 0, 8, 8)]);
    expect([shapes.isFree(3, 3), shapes.isFree(3, 12), shapes.isFree(99, 0)]).toEqual([true, false, false]);
  });
});
