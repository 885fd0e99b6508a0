import { add, elementCount, gradients, mean, type Node, sortedNodes, square, type Value } from '../engine/index.js';
import type { ModelConfig } from './config.js';
import { buildModel, type ReferringModel } from './createModel.js';
import { bytesOfValue, peakBytes } from './peakMemory.js';

/** What one part of a model costs. */
export interface PartCost {
  readonly part: string;
  readonly parameters: number;
  /** Multiply-adds of its products (matrix products, convolutions, attention) for one image and one sentence. */
  readonly multiplyAdds: number;
  /** Bytes of all that it computes for one image, whether or not at the same time. */
  readonly activationBytes: number;
}

/** What a model costs, as a whole and part by part. */
export interface ModelCost {
  readonly config: ModelConfig;
  /** In the order of the forward pass; parts without parameters and products are left out. */
  readonly parts: readonly PartCost[];
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly memory: {
    /** The weights in float32. */
    readonly weightBytes: number;
    /** Weights and the most that lives at one time of the forward pass of one image. */
    readonly inferenceBytes: number;
    /** The same for one training step of one image: weights, gradients, AdamW's two moments, kept activations. */
    readonly trainingBytes: number;
  };
}

/**
 * Multiply-adds of a node: those of matrix products, convolutions and attention. What goes element by element (norms,
 * activations, softmax, additions) is not counted, as is usual.
 */
export function multiplyAddsOf({ operator, inputs, outputs, attributes }: Node): number {
  const produced = outputs.length > 0 ? elementCount(outputs[0].shape) : 0;
  switch (operator.name) {
    case 'gemm':
    case 'matmul': {
      const { transposeA } = attributes as { transposeA: boolean };
      const { shape } = inputs[0];
      return produced * shape[shape.length - (transposeA ? 2 : 1)];
    }
    case 'convolution':
      return produced * elementCount(inputs[1].shape.slice(1));
    case 'transposedConvolution':
      return elementCount(inputs[0].shape) * elementCount(inputs[1].shape.slice(1));
    case 'attention': {
      const [query, key, value] = inputs;
      const pairs = elementCount(query.shape.slice(0, 3)) * key.shape[2];
      return pairs * (query.shape[3] + value.shape[3]);
    }
    default:
      return 0;
  }
}

/** What a piece of a stage is called, by its first name below the stage. */
const stagePieces: Readonly<Record<string, string>> = {
  blocks: 'trunk',
  downsample: 'trunk',
  fusion: 'pixel-word attention',
  res_gate: 'language gate',
  ifim: 'IFIM',
  detail_proj: 'IFIM',
  detail_gate: 'IFIM',
  visual_residual: 'IIM',
  visual_gate: 'IIM',
  alignment: 'bidirectional alignment',
};

/** Parts outside the backbone by the first name of their scope. */
const ownParts: Readonly<Record<string, string>> = {
  text_encoder: 'text encoder',
  hfim: 'HFIM',
  asked: 'sentence',
  lgce: 'LGCE module',
  aggregator: 'channel and spatial aggregator',
  classifier: 'decoder',
  reading: 'reading',
  prior: 'category prior',
  selection: 'selection',
  refinement: 'refinement',
  no_target: 'no-target head',
  evidence: 'no-target head',
};

/** The order in which a person reads parts that are not of a stage. */
const before = ['text encoder', 'patch embedding'];
const after = [
  'sentence',
  'CIM',
  'HFIM',
  'LGCE module',
  'channel and spatial aggregator',
  'decoder',
  'head',
  'reading',
  'category prior',
  'selection',
  'refinement',
  'no-target head',
];
const pieceOrder = [...new Set(Object.values(stagePieces))];

/** The part of a model that a scope or a parameter's name lies in, as papers call it. */
export function partOf(scope: string): string {
  const [first, second = '', third, fourth = ''] = scope.split('.');
  if (first === 'classifier' && second === 'conv1_1') return 'head';
  if (first !== 'backbone') return ownParts[first] ?? 'head';
  if (second === 'cim') return 'CIM';
  const normed = /^norm(\d)$/.exec(second);
  if (normed) return `stage ${Number(normed[1]) + 1} trunk`;
  if (second !== 'layers') return 'patch embedding';
  return `stage ${Number(third) + 1} ${stagePieces[fourth] ?? 'trunk'}`;
}

/** A number to sort parts by: the forward pass's order. */
function placeOf(part: string): number {
  if (before.includes(part)) return before.indexOf(part);
  if (after.includes(part)) return 1000 + after.indexOf(part);
  const [, stage, piece] = /^stage (\d+) (.+)$/.exec(part) ?? [];
  return 10 * Number(stage) + pieceOrder.indexOf(piece);
}

/**
 * Peak of a training step for each image of its batch, the loss being a mean over the outputs: all that a loss would
 * keep. Counted with two images, since a norm over the batch needs as many on small maps.
 */
function trainingPeak(model: ReferringModel): number {
  const { outputs, declared } = buildModel(model, { batch: 2, training: true });
  const parts = [mean(square(outputs.logits)), ...(outputs.exists ? [mean(square(outputs.exists))] : [])];
  const loss = parts.reduce(add);
  const wanted = [...declared.parameters.values()].map(({ value }) => value);
  const found = gradients(loss, wanted).filter((value) => value !== null);
  const results: Value[] = [loss, ...found, ...declared.bufferUpdates.values()];
  // The gradients are counted with the parameters, not as activations.
  const gradientBytes = found.reduce((bytes, value) => bytes + bytesOfValue(value), 0);
  return Math.ceil((peakBytes(sortedNodes(results), results) - gradientBytes) / 2);
}

/**
 * Counts a model's parameters, multiply-adds and memory for one image at its input size and one sentence, by walking
 * the graph that runs. Nothing is computed.
 * @param options.training also count the memory of a training step, which needs the graph of its gradients
 */
export function countOperations(model: ReferringModel, options: { training?: boolean } = {}): ModelCost {
  const { outputs, declared } = buildModel(model, { batch: 1, training: false });
  const wanted = [outputs.logits, ...(outputs.exists ? [outputs.exists] : [])];
  const nodes = sortedNodes(wanted);
  const parts = new Map<string, PartCost>();
  const grow = (part: string, more: Partial<PartCost>): void => {
    const known = parts.get(part) ?? { part, parameters: 0, multiplyAdds: 0, activationBytes: 0 };
    parts.set(part, {
      part,
      parameters: known.parameters + (more.parameters ?? 0),
      multiplyAdds: known.multiplyAdds + (more.multiplyAdds ?? 0),
      activationBytes: known.activationBytes + (more.activationBytes ?? 0),
    });
  };
  for (const node of nodes) {
    if (node.inputs.length === 0) continue;
    const bytes = node.operator.name === 'reshape' ? 0 : node.outputs.reduce((sum, out) => sum + bytesOfValue(out), 0);
    grow(partOf(node.scope), { multiplyAdds: multiplyAddsOf(node), activationBytes: bytes });
  }
  let parameters = 0;
  let weightBytes = 0;
  for (const { name, value } of declared.parameters.values()) {
    const count = elementCount(value.shape);
    parameters += count;
    weightBytes += 4 * count;
    grow(partOf(name), { parameters: count });
  }
  for (const { value } of declared.buffers.values()) weightBytes += bytesOfValue(value);
  const listed = [...parts.values()]
    .filter((part) => part.parameters > 0 || part.multiplyAdds > 0)
    .sort((a, b) => placeOf(a.part) - placeOf(b.part));
  const activations = peakBytes(nodes, wanted);
  return {
    config: model.config,
    parts: listed,
    parameters,
    multiplyAdds: listed.reduce((sum, part) => sum + part.multiplyAdds, 0),
    memory: {
      weightBytes,
      inferenceBytes: weightBytes + activations,
      trainingBytes: options.training === false ? 0 : weightBytes + 12 * parameters + trainingPeak(model),
    },
  };
}
