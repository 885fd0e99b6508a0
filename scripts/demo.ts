import {
  compile,
  createScope,
  floatTensor,
  gradients,
  type HostTensor,
  initialise,
  input,
  linear,
  mean,
  sigmoid,
  square,
  sub,
  tanh,
} from '../src/engine/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { createOptimiser } from '../src/training/optimisers/index.js';

const side = 40;

/** Whether a point of the picture lies in the ring that the network is to learn. */
const inRing = (x: number, y: number): boolean => {
  const radius = Math.hypot(x, y);
  return radius > 0.35 && radius < 0.8;
};

/** Points of a square grid from -1 to 1, row by row, and their labels. */
function ringData(): { points: Float32Array; labels: Float32Array } {
  const points = new Float32Array(side * side * 2);
  const labels = new Float32Array(side * side);
  for (let index = 0; index < side * side; index++) {
    const x = (2 * (index % side)) / (side - 1) - 1;
    const y = (2 * Math.floor(index / side)) / (side - 1) - 1;
    points.set([x, y], 2 * index);
    labels[index] = Number(inRing(x, y));
  }
  return { points, labels };
}

function draw(values: Float32Array): string {
  const rows: string[] = [];
  for (let row = 0; row < side; row += 2) {
    const cells = values.subarray(row * side, (row + 1) * side);
    rows.push([...cells].map((value) => (value > 0.5 ? '#' : '.')).join(''));
  }
  return rows.join('\n');
}

const scope = createScope({ training: true });
const points = input('points', [side * side, 2]);
const labels = input('labels', [side * side, 1]);
const deviation = { kind: 'xavierUniform' } as const;
const hidden = tanh(
  linear(
    points,
    scope.parameter('hidden.weight', [32, 2], { kind: 'normal', standardDeviation: 2 }),
    scope.parameter('hidden.bias', [32], { kind: 'normal', standardDeviation: 1 }),
  ),
);
const guess = sigmoid(
  linear(
    hidden,
    scope.parameter('out.weight', [1, 32], deviation),
    scope.parameter('out.bias', [1], { kind: 'constant', value: 0 }),
  ),
);
const loss = mean(square(sub(guess, labels)));
const parameters = [...scope.declared.parameters.values()];
const slopes = gradients(
  loss,
  parameters.map(({ value }) => value),
);

const step = await compile(
  { loss, guess, ...Object.fromEntries(parameters.map(({ name }, index) => [`grad.${name}`, slopes[index]!])) },
  { runtime: onnxruntimeNode },
);
const data = new Map(parameters.map(({ name, initialiser, shape }) => [name, initialise(initialiser, shape, 1, name)]));
const optimiser = createOptimiser(
  { kind: 'adamw', learningRate: 0.03, weightDecay: 0 },
  new Map([...data].map(([name, values]) => [name, { data: values }])),
);
const ring = ringData();
const feeds: Record<string, HostTensor> = {
  points: floatTensor(ring.points, [side * side, 2]),
  labels: floatTensor(ring.labels, [side * side, 1]),
};
for (const { name, shape } of parameters) feeds[name] = floatTensor(data.get(name)!, shape);

process.stdout.write(
  'refersat so far: a two-layer network learns a ring, on ONNX Runtime with gradients of our own\n\n',
);
const start = performance.now();
const steps = 400;
for (let index = 0; index <= steps; index++) {
  const results = (await step.run(feeds)) as Record<string, HostTensor>;
  if (index % 100 === 0) process.stdout.write(`step ${index}: loss ${(results.loss.data[0] as number).toFixed(4)}\n`);
  if (index === steps) process.stdout.write(`\n${draw(results.guess.data as Float32Array)}\n\n`);
  optimiser.step(new Map(parameters.map(({ name }) => [name, results[`grad.${name}`].data as Float32Array])));
}
await step.release();
process.stdout.write(`${steps} training steps in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
