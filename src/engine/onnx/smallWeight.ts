import type { LeafAttributes } from '../leaves.js';
import type { OnnxGraphWriter } from './graphWriter.js';
import type { ExternalLocation } from './protobuf.js';

/** A weight in a smaller type: half precision, or int8 with one factor for each row of the first axis (symmetric). */
export type SmallWeight =
  | { readonly type: 'float16'; readonly content: Uint8Array | ExternalLocation }
  | { readonly type: 'int8'; readonly content: Uint8Array | ExternalLocation; readonly factors: Float32Array };

/** Writes the stored tensor and the node that gives the float32 weight under the leaf's own name. */
export function writeSmallWeight(writer: OnnxGraphWriter, { name, shape }: LeafAttributes, weight: SmallWeight): void {
  const stored = `${name}/${weight.type}`;
  writer.stored(stored, weight.type, shape, weight.content);
  if (weight.type === 'float16') {
    writer.node('Cast', [stored], [name], { to: { int: 1 } });
    return;
  }
  const factors = `${name}/factors`;
  writer.initializer(factors, { type: 'float32', shape: [shape[0]] }, weight.factors);
  writer.node('DequantizeLinear', [stored, factors], [name], { axis: { int: 0 } });
}
