import { apply, type Operator } from '../operator.js';
import type { Value } from '../value.js';
import { mul } from './arithmetic.js';
import { broadcastShapes, requireType } from './broadcast.js';
import { permute, reshape } from './layout.js';
import { sum } from './reduction.js';

export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Factor on the product. */
  readonly alpha: number;
}

const sizes = (shape: readonly number[], transposed: boolean): [number, number] => {
  const [rows, columns] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
};

export const matmulOperator: Operator<MatmulAttributes> = {
  name: 'matmul',
  infer: (inputs, { transposeA, transposeB }) => {
    requireType(inputs, 'float32', 'float16');
    const [a, b] = inputs;
    if (a.shape.length < 2 || b.shape.length < 2) throw new Error('both operands need two axes or more');
    const [rows, inner] = sizes(a.shape, transposeA);
    const [innerB, columns] = sizes(b.shape, transposeB);
    if (inner !== innerB) throw new Error(`inner sizes ${inner} and ${innerB} differ`);
    return [{ type: a.type, shape: [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns] }];
  },
  emit: (graph, { attributes: { transposeA, transposeB, alpha }, inputs, outputs }) => {
    if (!transposeA && !transposeB && alpha === 1) graph.node('MatMul', inputs, outputs);
    else {
      const attributes = {
        transA: { int: Number(transposeA) },
        transB: { int: Number(transposeB) },
        alpha: { float: alpha },
      };
      graph.node('FusedMatMul', inputs, outputs, attributes, 'com.microsoft');
    }
  },
  gradient: ({ attributes: { transposeA, transposeB, alpha }, inputs: [a, b], wanted }, [g]) => {
    const product = (x: Value, y: Value, left: boolean, right: boolean) =>
      matmul(x, y, { transposeA: left, transposeB: right, alpha });
    return [
      wanted(0) ? (transposeA ? product(b, g!, transposeB, true) : product(g!, b, false, !transposeB)) : null,
      wanted(1) ? (transposeB ? product(g!, a, true, transposeA) : product(a, g!, !transposeA, false)) : null,
    ];
  },
};

/**
 * Matrix product over the last two axes, the others broadcast as batches.
 * `[..., M, K] x [..., K, N] -> [..., M, N]`, either operand transposed first if asked, times `alpha`.
 */
export function matmul(a: Value, b: Value, options: Partial<MatmulAttributes> = {}): Value {
  const { transposeA = false, transposeB = false, alpha = 1 } = options;
  const width = a.shape[a.shape.length - 1];
  if (b.shape.length === 2 && a.shape.length > 2 && !transposeA && width === b.shape[transposeB ? 1 : 0]) {
    // One large product instead of one for each batch: five times faster with a transposed matrix.
    const rows = apply(matmulOperator, [reshape(a, [-1, width]), b], { transposeA, transposeB, alpha });
    return reshape(rows, [...a.shape.slice(0, -1), rows.shape[1]]);
  }
  return apply(matmulOperator, [a, b], { transposeA, transposeB, alpha });
}

export const gemmOperator: Operator<{ transposeA: boolean; transposeB: boolean }> = {
  name: 'gemm',
  infer: (inputs, { transposeA, transposeB }) => {
    requireType(inputs, 'float32', 'float16');
    const [a, b, c] = inputs;
    if (a.shape.length !== 2 || b.shape.length !== 2) throw new Error('both operands need two axes');
    const [rows, inner] = sizes(a.shape, transposeA);
    const [innerB, columns] = sizes(b.shape, transposeB);
    if (inner !== innerB) throw new Error(`inner sizes ${inner} and ${innerB} differ`);
    if (c && (c.shape.length !== 1 || c.shape[0] !== columns)) throw new Error(`the bias needs shape [${columns}]`);
    return [{ type: a.type, shape: [rows, columns] }];
  },
  emit: (graph, { attributes: { transposeA, transposeB }, inputs, outputs }) =>
    graph.node('Gemm', inputs, outputs, { transA: { int: Number(transposeA) }, transB: { int: Number(transposeB) } }),
  gradient: ({ attributes: { transposeA, transposeB }, inputs: [a, b, c], wanted }, [g]) => {
    const product = (x: Value, y: Value, left: boolean, right: boolean) =>
      apply(gemmOperator, [x, y], { transposeA: left, transposeB: right });
    const gradients = [
      wanted(0) ? (transposeA ? product(b, g!, transposeB, true) : product(g!, b, false, !transposeB)) : null,
      wanted(1) ? (transposeB ? product(g!, a, true, transposeA) : product(a, g!, !transposeA, false)) : null,
    ];
    return c ? [...gradients, wanted(2) ? sum(g!, [0]) : null] : gradients;
  },
};

/**
 * x W^T + bias over the last axis, as PyTorch's Linear: `[..., in] -> [..., out]`.
 * @param weight [out, in]
 * @param bias [out]
 */
export function linear(x: Value, weight: Value, bias: Value | null = null): Value {
  const [outWidth, inWidth] = weight.shape;
  const width = x.shape[x.shape.length - 1];
  if (width !== inWidth) {
    // One matmul names the sizes that differ together with the scope.
    return matmul(x, weight, { transposeB: true });
  }
  const rows = reshape(x, [-1, width]);
  const inputs = bias ? [rows, weight, bias] : [rows, weight];
  const result = apply(gemmOperator, inputs, { transposeA: false, transposeB: true });
  return reshape(result, [...x.shape.slice(0, -1), outWidth]);
}

/** Outer and inner products over named axes are permutes and one matmul; this one swaps the last two axes. */
export function transpose(x: Value): Value {
  const rank = x.shape.length;
  const order = Array.from({ length: rank }, (_, axis) => axis);
  [order[rank - 2], order[rank - 1]] = [rank - 1, rank - 2];
  return permute(x, order);
}

/** sum(a b) over the last axis: `[..., N] -> [...]`. */
export function dot(a: Value, b: Value): Value {
  return sum(mul(a, b), [-1]);
}
