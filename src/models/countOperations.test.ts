import { describe, expect, it } from 'vitest';
import { add, constant, convolution, input, linear, matmul, sortedNodes } from '../engine/index.js';
import { countOperations, multiplyAddsOf, partOf } from './countOperations.js';
import { buildModel, createModel } from './createModel.js';
import { peakBytes } from './peakMemory.js';

const counted = (value: ReturnType<typeof add>): number =>
  sortedNodes([value]).reduce((sum, node) => sum + multiplyAddsOf(node), 0);

describe('multiplyAddsOf', () => {
  it('counts products, as the textbooks do', () => {
    const x = input('x', [2, 5, 12]);
    expect(counted(linear(x, input('w', [7, 12]), input('b', [7])))).toBe(2 * 5 * 12 * 7);
    expect(counted(matmul(x, input('y', [2, 5, 3]), { transposeA: true }))).toBe(2 * 12 * 5 * 3);
    const map = input('m', [1, 8, 6, 4]);
    // 3 x 3, stride 2, two groups: [1, 10, 3, 2]
    const strided = convolution(map, input('k', [10, 4, 3, 3]), null, { stride: 2, padding: 1, groups: 2 });
    expect(counted(strided)).toBe(10 * 3 * 2 * 4 * 9);
    expect(counted(add(x, 1))).toBe(0);
  });
});

describe('peakBytes', () => {
  it('frees a value after its last reader', () => {
    const x = input('x', [10]);
    const a = add(x, constant([1], []));
    const b = add(a, 2);
    const c = add(b, 3);
    expect(peakBytes(sortedNodes([c]), [c])).toBe(2 * 40);
    const kept = add(c, a);
    expect(peakBytes(sortedNodes([kept]), [kept])).toBe(3 * 40);
  });
});

describe('countOperations', () => {
  it.each([
    ['mrsnet', ['IFIM', 'HFIM', 'no-target head']],
    ['rmsin', ['IIM', 'CIM']],
    ['lavt', ['pixel-word attention', 'language gate']],
    ['lgce', ['LGCE module']],
    ['sbanet', ['bidirectional alignment', 'channel and spatial aggregator']],
  ] as const)('counts every parameter of %s once and names its modules', (model, modules) => {
    const built = createModel({ model, preset: 'nano', imageSizePx: 64 });
    const cost = countOperations(built);
    const declared = [...buildModel(built, { batch: 1, training: false }).declared.parameters.values()];
    const expected = declared.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(cost.parameters).toBe(expected);
    expect(cost.parts.reduce((sum, part) => sum + part.parameters, 0)).toBe(expected);
    const names = cost.parts.map(({ part }) => part);
    for (const module of [...modules, 'text encoder', 'decoder', 'head', 'stage 1 trunk'])
      expect(names.join(), module).toContain(module);
    expect(names[0]).toBe('text encoder');
    const { weightBytes, inferenceBytes, trainingBytes } = cost.memory;
    expect(weightBytes).toBeLessThan(inferenceBytes);
    expect(inferenceBytes).toBeLessThan(trainingBytes);
  });

  it('grows with the picture, but the text encoder does not', () => {
    const of = (imageSizePx: number) =>
      countOperations(createModel({ model: 'mrsnet', imageSizePx }), { training: false });
    const [small, large] = [of(64), of(128)];
    const part = (cost: typeof small, name: string) => cost.parts.find(({ part: own }) => own === name)!;
    expect(part(large, 'decoder').multiplyAdds / part(small, 'decoder').multiplyAdds).toBeCloseTo(4, 1);
    expect(part(large, 'text encoder').multiplyAdds).toBe(part(small, 'text encoder').multiplyAdds);
    expect(large.parameters).toBe(small.parameters);
  });

  it('puts names into parts', () => {
    expect(partOf('backbone.layers.2.blocks.0.attn.qkv')).toBe('stage 3 trunk');
    expect(partOf('backbone.layers.0.fusion.vis_project.0.weight')).toBe('stage 1 pixel-word attention');
    expect(partOf('backbone.norm3.weight')).toBe('stage 4 trunk');
    expect(partOf('classifier.conv1_1.weight')).toBe('head');
    expect(partOf('')).toBe('head');
  });
});
