import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeReport } from '../scripts/parity/compare.js';
import type { Kind } from '../scripts/parity/kind.js';
import { runParity } from '../scripts/parity/runParity.js';
import { add, linear, mean, mul, ones, zeros } from '../src/engine/index.js';
import { createTensor, encodeSafetensors, float32Tensor, type Tensor } from '../src/tensors/index.js';

const golden = join(import.meta.dirname, 'fixtures/golden');
const folder = mkdtempSync(join(tmpdir(), 'refersat-parity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the reference files', () => {
  it.each(['ops', 'resize', 'loss_ce', 'loss_dice', 'loss_rmsin', 'pwam_h1', 'adamw_amsgrad', 'preprocess'])(
    '%s agrees',
    async (name) => {
      const report = await runParity(join(golden, `${name}.safetensors`));
      expect(describeReport(report)).toMatch(/^ok/);
    },
  );
});

/** y = x W^T + b + running, and a running mean of y that a training step renews. */
const toy: Kind = {
  build({ scope, input }) {
    const x = input('x');
    const dense = scope.child('dense');
    const y = linear(x, dense.parameter('weight', [1, 2], ones), dense.parameter('bias', [1], zeros));
    const running = scope.child('norm').buffer('running_mean', [1], zeros);
    if (scope.training) {
      scope.child('norm').updateBuffer('running_mean', add(mul(running, 0.9), mul(mean(y, [0]), 0.1)));
    }
    return { outputs: { y: scope.training ? y : add(y, running) } };
  },
};

/** x = [[1, 2]], W = [[3, 4]], b = 5: y = 16 in training, 16 + 10 in evaluation; cotangent 2. */
const toyTensors: Readonly<Record<string, Tensor>> = {
  'param.dense.weight': float32Tensor([1, 2], [3, 4]),
  'param.dense.bias': float32Tensor([1], [5]),
  'param.norm.running_mean': float32Tensor([1], [10]),
  'param.norm.num_batches_tracked': createTensor('I64', [], BigInt64Array.of(7n)),
  'input.x': float32Tensor([1, 2], [1, 2]),
  'input.cotangent.y': float32Tensor([1, 1], [2]),
  'output.y': float32Tensor([1, 1], [26]),
  'train.output.y': float32Tensor([1, 1], [16]),
  loss: float32Tensor([], [32]),
  'grad.dense.weight': float32Tensor([1, 2], [2, 4]),
  'grad.dense.bias': float32Tensor([1], [2]),
  'grad.input.x': float32Tensor([1, 2], [6, 8]),
  'train.buffer.norm.running_mean': float32Tensor([1], [10.6]),
  'train.buffer.norm.num_batches_tracked': createTensor('I64', [], BigInt64Array.of(8n)),
};

let written = 0;

async function runToy(
  changes: Readonly<Record<string, Tensor | null>>,
  metadata: Readonly<Record<string, string>> = {},
) {
  const tensors = new Map<string, Tensor>(Object.entries(toyTensors));
  for (const [name, tensor] of Object.entries(changes)) {
    if (tensor) tensors.set(name, tensor);
    else tensors.delete(name);
  }
  const group = { rtol: 1e-5, atol: 1e-6 };
  const file = join(folder, `${written++}.safetensors`);
  const about = { kind: 'toy', config: '{}', train: '1', ...metadata };
  writeFileSync(
    file,
    encodeSafetensors(tensors, { ...about, tolerance: JSON.stringify({ output: group, train: group, grad: group }) }),
  );
  return runParity(file, { toy });
}

describe('the comparison of a graph', () => {
  it('covers outputs, loss, gradients and running statistics', async () => {
    const report = await runToy({});
    expect(report.failures).toEqual([]);
    expect(report.compared).toBe(7);
    expect(Object.keys(report.worst)).toEqual(['output', 'train', 'grad']);
  });

  const wrong: Readonly<Record<string, [Record<string, Tensor | null>, string]>> = {
    'an output': [{ 'output.y': float32Tensor([1, 1], [26.1]) }, 'output.y is off by 0.1'],
    'an output that is no number': [{ 'output.y': float32Tensor([1, 1], [Number.NaN]) }, 'output.y is off by Infinity'],
    'a training output': [{ 'train.output.y': float32Tensor([1, 1], [17]) }, 'train.output.y is off by 1.00'],
    'the loss': [{ loss: float32Tensor([], [31]) }, 'loss is off by 1.00'],
    'the gradient of a parameter': [{ 'grad.dense.weight': float32Tensor([1, 2], [2, 5]) }, 'grad.dense.weight is off'],
    'the gradient of an input': [{ 'grad.input.x': float32Tensor([1, 2], [8, 6]) }, 'grad.input.x is off by 2.00'],
    'a running statistic': [{ 'train.buffer.norm.running_mean': float32Tensor([1], [10]) }, 'running_mean is off'],
    'a shape': [{ 'output.y': float32Tensor([1], [26]) }, 'output.y is [1, 1]; the reference has [1]'],
    'a parameter that the file lacks': [{ 'param.dense.bias': null }, 'dense.bias [1], which is not in the file'],
    'a parameter that the model lacks': [
      { 'param.extra': float32Tensor([1], [0]) },
      'extra [1], which the model lacks',
    ],
    'a parameter of another shape': [
      { 'param.dense.bias': float32Tensor([2], [0, 0]) },
      "dense.bias is [1], the file's [2]",
    ],
    'an output that the model lacks': [{ 'output.z': float32Tensor([1], [0]) }, 'the model gives no output z'],
    'a gradient that the file lacks': [
      { 'grad.dense.bias': null },
      'no gradient of dense.bias, which the model learns',
    ],
    'a name that means nothing': [{ 'gradient.x': float32Tensor([1], [0]) }, 'gradient.x: tensors are param.*'],
    'all that it could be compared with': [{ 'output.y': null }, 'no output.* to compare with'],
    'the loss that it speaks of': [{ loss: null }, 'it has no loss or no grad.*'],
    'an input that the file lacks': [{ 'input.x': null }, 'the file has no input x'],
  };
  it.each(Object.entries(wrong))('fails when %s differs', async (_name, [changes, sentence]) => {
    const report = await runToy(changes);
    expect(report.failures.join('\n')).toContain(sentence);
    expect(describeReport(report)).toMatch(/^FAIL/);
  });

  it('fails for an unknown kind and for a file that is none', async () => {
    const { failures } = await runToy({}, { kind: 'mystery' });
    expect(failures).toEqual(['unknown kind mystery; known are toy']);
    expect((await runToy({}, { kind: 'constructor' })).failures).toEqual(['unknown kind constructor; known are toy']);
    expect((await runToy({}, { config: '[]' })).failures[0]).toMatch(/config in its metadata: .*expected record/);
    expect((await runParity(join(folder, 'none.safetensors'))).failures[0]).toContain('cannot be read');
  });

  it('takes the value of a leaf as an output', async () => {
    const identity: Kind = { build: ({ input }) => ({ outputs: { y: input('x') } }) };
    const file = join(folder, 'identity.safetensors');
    const tensors = new Map<string, Tensor>([
      ['input.x', float32Tensor([1], [3])],
      ['output.y', float32Tensor([1], [3])],
    ]);
    writeFileSync(
      file,
      encodeSafetensors(tensors, { kind: 'identity', config: '{}', tolerance: '{"output":{"rtol":0,"atol":0}}' }),
    );
    expect((await runParity(file, { identity })).failures).toEqual([]);
  });
});
