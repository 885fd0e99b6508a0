import { describe, expect, it } from 'vitest';
import { expand, gradients, input, mul, reshape, scalar, sub, sum } from '../index.js';

const x = input('x', [3, 4]);
const row = input('row', [1, 4]);

describe('an operand that is only repeated', () => {
  it('is read as it is where the other has the whole shape', () => {
    expect(sub(x, expand(row, [3, 4])).node.inputs).toEqual([x, row]);
    const both = mul(expand(row, [3, 4]), row);
    expect(both.shape).toEqual([3, 4]);
    expect(both.node.inputs[0].shape).toEqual([3, 4]);
  });
});

describe('a factor of one', () => {
  it('is left out, also in the gradient of a sum of products', () => {
    const slopes = input('slopes', [3, 4]);
    expect(gradients(sum(mul(x, slopes)), [x])).toEqual([slopes]);
    expect(mul(x, reshape(scalar(1), [1, 1]))).toBe(x);
    expect(mul(expand(scalar(1), [3, 4]), row).shape).toEqual([3, 4]);
  });

  it('leaves errors to the product', () => {
    expect(() => mul(scalar(1, 'int64'), x)).toThrow('types int64 and float32 differ');
  });
});
