import type { OnnxGraphWriter } from './graphWriter.js';

/**
 * Emits a Pad of one axis; negative amounts cut elements off.
 *
 * The amounts are given for every axis, without the `axes` input that Pad has had since operator set 18: where ONNX
 * Runtime moves channels last (WebGPU, and other devices that like it), it permutes the amounts as those of all axes
 * without looking at `axes` (1.30), and the graph fails with "indices element out of data bounds" when it runs.
 * @param filling name of a scalar for the new elements; zeros when left out
 */
export function emitPad(
  graph: OnnxGraphWriter,
  [input, output]: readonly [string, string],
  { rank, axis, before, after }: { rank: number; axis: number; before: number; after: number },
  filling?: string,
): void {
  const amounts = new Array<number>(2 * rank).fill(0);
  amounts[axis] = before;
  amounts[axis + rank] = after;
  const pads = graph.constant(amounts, [amounts.length], 'int64');
  graph.node('Pad', filling === undefined ? [input, pads] : [input, pads, filling], [output]);
}
