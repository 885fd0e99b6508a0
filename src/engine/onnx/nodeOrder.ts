import type { OnnxNode } from './protobuf.js';

/**
 * Nodes that nothing reads go last, the earliest made at the very end; the order stays topological. ONNX Runtime walks
 * back from such nodes, the last of the file first, and runs what each needs: so the gradients of the last layers are
 * finished, and what they held is freed, before the backward pass goes on. The other way round, every incoming gradient
 * and every activation computed again would live until the end.
 */
export function leavesLast(nodes: readonly OnnxNode[]): OnnxNode[] {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const isLeaf = ({ outputs }: OnnxNode): boolean => !outputs.some((name) => read.has(name));
  return [...nodes.filter((node) => !isLeaf(node)), ...nodes.filter(isLeaf).reverse()];
}
