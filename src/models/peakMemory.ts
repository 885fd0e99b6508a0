import { type ElementType, elementCount, type Node, type Value } from '../engine/index.js';

const bytesOfElement: Record<ElementType, number> = { float32: 4, float16: 2, int64: 8, bool: 1, uint8: 1 };

/** Operators whose result is the same memory seen in another shape. */
const views = new Set(['reshape']);

/** Bytes of a value's elements. */
export function bytesOfValue({ type, shape }: Pick<Value, 'type' | 'shape'>): number {
  return elementCount(shape) * bytesOfElement[type];
}

/** The value whose memory a value uses. */
function storageOf(value: Value): Value {
  let current = value;
  while (views.has(current.node.operator.name)) current = current.node.inputs[0];
  return current;
}

/**
 * The most bytes of computed values that live at one time when the nodes run in order and each value is freed after its
 * last reader: an estimate from below of a run's memory beside its weights (a runtime also holds copies in its
 * kernels' own layouts, and an arena with gaps).
 * @param nodes in topological order, as `sortedNodes` gives them
 * @param outputs kept until the end
 */
export function peakBytes(nodes: readonly Node[], outputs: readonly Value[]): number {
  const lastReader = new Map<Value, number>();
  for (const [place, node] of nodes.entries()) {
    for (const value of node.inputs) lastReader.set(storageOf(value), place);
  }
  for (const value of outputs) lastReader.set(storageOf(value), nodes.length);
  const freedAfter = new Map<number, number>();
  let live = 0;
  let peak = 0;
  for (const [place, node] of nodes.entries()) {
    if (node.inputs.length > 0 && !views.has(node.operator.name)) {
      for (const value of node.outputs) {
        const bytes = bytesOfValue(value);
        const last = lastReader.get(value) ?? place;
        live += bytes;
        freedAfter.set(last, (freedAfter.get(last) ?? 0) + bytes);
      }
    }
    peak = Math.max(peak, live);
    live -= freedAfter.get(place) ?? 0;
  }
  return peak;
}
