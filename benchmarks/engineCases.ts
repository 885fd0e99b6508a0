import {
  createScope,
  crossEntropy,
  type Declarations,
  embedding,
  floatTensor,
  gradients,
  type HostTensor,
  input,
  integerTensor,
  layerNorm,
  linear,
  mul,
  ones,
  relu,
  reshape,
  resizeBilinear,
  type Scope,
  softmax,
  sum,
  type Value,
} from '../src/engine/index.js';
import { bert } from '../src/models/bert.js';
import { lavt } from '../src/models/lavt.js';
import { type SwinConfig, swinBlock, swinTrunk } from '../src/models/swin.js';
import { batchNormLayer, convolutionLayer } from '../src/nn/index.js';
import { createRandom } from '../src/random/index.js';

/** A graph to measure with all that it takes. */
export interface MeasuredGraph {
  readonly outputs: Readonly<Record<string, Value>>;
  readonly declared: Declarations;
  readonly feeds: Readonly<Record<string, HostTensor>>;
}

export interface EngineCase {
  readonly name: string;
  readonly label: string;
  /** Which case of the peer it is measured against. */
  readonly peer: string;
  /** Whether parameters are then updated by AdamW on both sides. */
  readonly withOptimiser: boolean;
  /** Rows of a table that a step uses: their gradients are summed outside the graph. */
  readonly tableRows?: { readonly ids: Int32Array; readonly gradient: string; readonly width: number };
  build(training: boolean): MeasuredGraph;
}

const random = createRandom('benchmark', 'engine');
const noise = (shape: readonly number[]): HostTensor => {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let index = 0; index < data.length; index++) data[index] = random.normal();
  return floatTensor(data, shape);
};
const integers = (shape: readonly number[], low: number, high: number): HostTensor => {
  const count = shape.reduce((product, size) => product * size, 1);
  return integerTensor(
    Int32Array.from({ length: count }, () => low + random.integer(high - low)),
    shape,
  );
};

/** Loss and its gradients with respect to all parameters and some inputs, beside new running statistics. */
function trainingOutputs(loss: Value, declared: Declarations, sources: readonly Value[]): Record<string, Value> {
  const parameters = [...declared.parameters.values()];
  const found = gradients(loss, [...parameters.map(({ value }) => value), ...sources]);
  const outputs: Record<string, Value> = { loss };
  for (const [index, gradient] of found.entries()) {
    const name = parameters[index]?.name ?? `input.${index - parameters.length}`;
    if (gradient) outputs[`grad.${name}`] = gradient;
  }
  for (const [name, value] of declared.bufferUpdates) outputs[`buffer.${name}`] = value;
  return outputs;
}

/** A layer on one input, trained on the sum of its output times fixed weights. */
const weighed = (
  name: string,
  label: string,
  shape: readonly number[],
  forward: (scope: Scope, x: Value) => Value,
): EngineCase => ({
  name,
  label,
  peer: name,
  withOptimiser: false,
  build(training): MeasuredGraph {
    const scope = createScope({ training });
    const x = input('x', shape);
    const y = forward(scope, x);
    if (!training) return { outputs: { y }, declared: scope.declared, feeds: { x: noise(shape) } };
    const weights = input('weights', y.shape);
    const outputs = trainingOutputs(sum(mul(y, weights)), scope.declared, [x]);
    return { outputs, declared: scope.declared, feeds: { x: noise(shape), weights: noise(y.shape) } };
  },
});

const initial = { kind: 'fanInUniform' } as const;
const dense =
  (width: number) =>
  (scope: Scope, x: Value): Value =>
    linear(
      x,
      scope.parameter('weight', [width, x.shape.at(-1)!], initial),
      scope.parameter('bias', [width], { ...initial, fanIn: x.shape.at(-1)! }),
    );

const swinSizes = (width: number, heads: readonly number[], depths: readonly number[]): SwinConfig => ({
  width,
  depths,
  heads,
  window: 7,
  mlpRatio: 4,
  dropPath: 0,
  unshiftedInOneWindow: true,
});

const block = (width: number, side: number, heads: number) => (scope: Scope, x: Value) =>
  swinBlock(scope, { tokens: x, height: side, width: side }, swinSizes(width, [heads], [1]), heads, true, 0).tokens;

const vocabulary = 30_522;
const wordWidth = 768;
const wordIds = integers([8, 20], 1, vocabulary);

const wordTable = (rowsOnly: boolean): EngineCase => ({
  name: rowsOnly ? 'embeddingRows' : 'embedding',
  label: rowsOnly ? 'embedding 30,522 x 768, gradient of the rows used' : 'embedding 30,522 x 768, dense gradient',
  peer: rowsOnly ? 'embeddingRows' : 'embedding',
  withOptimiser: false,
  ...(rowsOnly
    ? {
        tableRows: {
          ids: Int32Array.from(wordIds.data as BigInt64Array, Number),
          gradient: 'grad.rows',
          width: wordWidth,
        },
      }
    : {}),
  build(training): MeasuredGraph {
    const scope = createScope({ training });
    const ids = input('ids', [8, 20], 'int64');
    const table = scope.parameter('words', [vocabulary, wordWidth], { kind: 'normal', standardDeviation: 0.02 });
    const rows = embedding(table, ids, { padding: 0 });
    if (!training) return { outputs: { rows }, declared: scope.declared, feeds: { ids: wordIds } };
    const weights = input('weights', rows.shape);
    const loss = sum(mul(rows, weights));
    const feeds = { ids: wordIds, weights: noise(rows.shape) };
    const [gradient] = gradients(loss, [rowsOnly ? rows : table]);
    return { outputs: { loss, [rowsOnly ? 'grad.rows' : 'grad.words']: gradient! }, declared: scope.declared, feeds };
  },
});

const classWeights = { weight: [0.9, 1.1] };

const crossEntropyCase: EngineCase = {
  name: 'crossEntropy',
  label: 'cross-entropy, 4 x 2 x 480 x 480',
  peer: 'crossEntropy',
  withOptimiser: false,
  build(training): MeasuredGraph {
    const scope = createScope({ training });
    const logits = input('logits', [4, 2, 480, 480]);
    const loss = crossEntropy(logits, input('target', [4, 480, 480], 'int64'), classWeights);
    const feeds = { logits: noise(logits.shape), target: integers([4, 480, 480], 0, 2) };
    const outputs: Record<string, Value> = { loss };
    if (training) outputs['grad.logits'] = gradients(loss, [logits])[0]!;
    return { outputs, declared: scope.declared, feeds };
  },
};

const networkCase: EngineCase = {
  name: 'network',
  label: 'small network, batch 4, 224 px, with AdamW',
  peer: 'network',
  withOptimiser: true,
  build(training): MeasuredGraph {
    const scope = createScope({ training });
    const image = input('image', [4, 3, 224, 224]);
    const ids = input('ids', [4, 20], 'int64');
    const mask = input('mask', [4, 20]);
    const text = {
      vocabularySize: 1000,
      width: 128,
      layers: 2,
      heads: 4,
      hiddenWidth: 512,
      maxPositions: 20,
      dropout: 0,
    };
    const states = bert(scope.child('text_encoder'), ids, mask, text).at(-1)!;
    const words = { states, mask: reshape(mask, [4, 20, 1]) };
    const trunk = swinTrunk(swinSizes(32, [1, 2, 4, 8], [2, 2, 6, 2]));
    const { logits } = lavt(scope, image, words, { trunk, fusionHeads: [1, 1, 1, 1] });
    const feeds: Record<string, HostTensor> = {
      image: noise(image.shape),
      ids: integers([4, 20], 1, 1000),
      mask: floatTensor(new Float32Array(80).fill(1), [4, 20]),
    };
    if (!training) return { outputs: { logits }, declared: scope.declared, feeds };
    const loss = crossEntropy(logits, input('target', [4, 224, 224], 'int64'), classWeights);
    feeds.target = integers([4, 224, 224], 0, 2);
    return { outputs: trainingOutputs(loss, scope.declared, []), declared: scope.declared, feeds };
  },
};

export const engineCases: readonly EngineCase[] = [
  weighed('linear', 'linear 96 to 384, 12,544 rows', [12544, 96], dense(384)),
  weighed('linearDeep', 'linear 384 to 1,536, 784 rows', [784, 384], dense(1536)),
  weighed('block96', 'window-attention block, 96 wide, 56 x 56, batch 4', [4, 3136, 96], block(96, 56, 3)),
  weighed('block384', 'window-attention block, 384 wide, 14 x 14, batch 4', [4, 196, 384], block(384, 14, 12)),
  weighed('convolution', 'convolution 3x3, BatchNorm, ReLU; 128, 60 x 60, batch 4', [4, 128, 60, 60], (scope, x) => {
    const y = convolutionLayer(scope.child('convolution'), x, { width: 128, kernel: 3, bias: false });
    return relu(batchNormLayer(scope.child('norm'), y));
  }),
  weighed('layerNorm', 'LayerNorm 96, 12,544 rows', [4, 3136, 96], (scope, x) =>
    layerNorm(x, scope.parameter('weight', [96], ones), scope.parameter('bias', [96], ones)),
  ),
  weighed('resize', 'bilinear resize 60 to 120, 64 channels, batch 4', [4, 64, 60, 60], (_scope, x) =>
    resizeBilinear(x, [120, 120], { alignCorners: true }),
  ),
  weighed('softmax', 'softmax over 35 channels, 96 x 96, batch 4', [4, 35, 96, 96], (_scope, x) => softmax(x, 1)),
  wordTable(false),
  wordTable(true),
  crossEntropyCase,
  networkCase,
];
