import type { OnnxNode } from '../protobuf.js';
import type { SimplifiedGraph } from './rule.js';

const reductions = new Set(['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin']);

/** The shapes that a reduction over known axes gives: with its axes at size 1, and without; undefined for other nodes. */
export function reductionOf(
  { type, inputs, attributes }: OnnxNode,
  graph: SimplifiedGraph,
): { keeps: boolean; kept: number[]; dropped: number[] } | undefined {
  const axes = reductions.has(type) ? graph.elements(inputs[1]) : undefined;
  const source = graph.type(inputs[0]);
  if (!axes || !source) return undefined;
  const reduced = new Set(Array.from(axes));
  const { keepdims } = attributes;
  return {
    keeps: !keepdims || !('int' in keepdims) || keepdims.int === 1,
    kept: source.shape.map((size, axis) => (reduced.has(axis) ? 1 : size)),
    dropped: source.shape.filter((_, axis) => !reduced.has(axis)),
  };
}
