import {
  addAll,
  compile,
  createScope,
  type Declarations,
  gradients,
  type HostTensor,
  input,
  mul,
  sum,
  type Value,
} from '../../src/engine/index.js';
import { onnxruntimeNode } from '../../src/runtimes/onnxruntimeNode.js';
import type { Comparison } from './compare.js';
import type { BuildContext, Built } from './kind.js';
import { type Reference, tensorsUnder } from './reference.js';

/** PyTorch counts the batches that a BatchNorm has seen; the count plays no part in any formula. */
const batchCount = /(^|\.)num_batches_tracked$/;

type Build = (context: BuildContext) => Built;

interface Graph {
  readonly built: Built;
  readonly declared: Declarations;
  readonly inputs: ReadonlyMap<string, Value>;
}

function buildGraph(build: Build, reference: Reference, training: boolean): Graph {
  const scope = createScope({ training });
  const inputs = new Map<string, Value>();
  const parameterShapes = new Map<string, readonly number[]>();
  for (const [name, tensor] of tensorsUnder(reference, 'param.')) parameterShapes.set(name, tensor.shape);
  const built = build({
    scope,
    training,
    config: reference.config,
    parameterShapes,
    hasInput: (name) => reference.tensors.has(`input.${name}`),
    input(name) {
      const tensor = reference.tensors.get(`input.${name}`);
      if (!tensor) throw new Error(`the file has no input ${name}`);
      const known = inputs.get(name) ?? input(`input.${name}`, tensor.shape, tensor.type);
      inputs.set(name, known);
      return known;
    },
  });
  return { built, declared: scope.declared, inputs };
}

/** Parameters of the model and of the file must be the same, in name and shape. */
function checkParameters({ built, declared }: Graph, reference: Reference, comparison: Comparison): void {
  const stored = tensorsUnder(reference, 'param.');
  for (const { name, shape } of [...declared.parameters.values(), ...declared.buffers.values()]) {
    const tensor = stored.get(name);
    if (!tensor) comparison.fail(`the model has ${name} [${shape.join(', ')}], which is not in the file`);
    else if (tensor.shape.join() !== shape.join()) {
      comparison.fail(`the model's ${name} is [${shape.join(', ')}], the file's [${tensor.shape.join(', ')}]`);
    }
  }
  for (const [name, tensor] of stored) {
    if (declared.parameters.has(name) || declared.buffers.has(name) || batchCount.test(name)) continue;
    const fixed = built.fixed?.[name];
    if (fixed) comparison.compare(`param.${name}`, fixed);
    else comparison.fail(`the file has ${name} [${tensor.shape.join(', ')}], which the model lacks`);
  }
}

/** Runs a graph on the file's parameters and inputs. */
async function evaluate(outputs: Record<string, Value>, reference: Reference): Promise<Record<string, HostTensor>> {
  const compiled = await compile(outputs, { runtime: onnxruntimeNode, session: { optimisation: 'basic' } });
  try {
    const feeds: Record<string, HostTensor> = {};
    for (const [name, { role, shape }] of compiled.inputs) {
      if (role === 'random') {
        const count = shape.reduce((product, size) => product * size, 1);
        // The references were made without dropout: a mask of ones drops nothing.
        feeds[name] = { type: 'float32', shape, data: new Float32Array(count).fill(1) };
        continue;
      }
      feeds[name] = reference.tensors.get(role === 'input' ? name : `param.${name}`)!;
    }
    return (await compiled.run(feeds)) as Record<string, HostTensor>;
  } finally {
    await compiled.release();
  }
}

async function compareEvaluation(graph: Graph, reference: Reference, comparison: Comparison): Promise<void> {
  const wanted: Record<string, Value> = {};
  for (const name of tensorsUnder(reference, 'output.').keys()) {
    const value = graph.built.outputs[name] ?? graph.built.losses?.[name];
    if (value) wanted[`output.${name}`] = value;
    else comparison.fail(`the model gives no output ${name}`);
  }
  for (const [name, tensor] of Object.entries(await evaluate(wanted, reference))) comparison.compare(name, tensor);
}

/** The loss of a file: the builder's own, or the sum of outputs times their fixed random weights. */
function lossOf({ built, inputs }: Graph, reference: Reference, context: Comparison): Value | null {
  if (built.losses) return built.losses.loss;
  const terms: Value[] = [];
  for (const [name, { shape }] of tensorsUnder(reference, 'input.cotangent.')) {
    const output = built.outputs[name];
    if (!output) {
      context.fail(`the loss weighs the output ${name}, which the model does not give`);
      return null;
    }
    const known = inputs.get(`cotangent.${name}`) ?? input(`input.cotangent.${name}`, shape);
    terms.push(sum(mul(output, known)));
  }
  if (terms.length === 0) {
    context.fail('neither the file weighs outputs nor the builder gives a loss');
    return null;
  }
  return addAll(terms);
}

function zerosFor(tensor: HostTensor): HostTensor {
  return { type: 'float32', shape: tensor.shape, data: new Float32Array(tensor.data.length) };
}

async function compareTraining(graph: Graph, reference: Reference, comparison: Comparison): Promise<void> {
  const { built, declared, inputs } = graph;
  const loss = lossOf(graph, reference, comparison);
  if (!loss) return;
  const wanted: Record<string, Value> = { loss };
  const collect = (fullName: string, value: Value | undefined): void => {
    if (value) wanted[fullName] = value;
    else comparison.fail(`the model has nothing for ${fullName}`);
  };
  for (const name of reference.tensors.keys()) {
    if (name.startsWith('loss_')) collect(name, built.losses?.[name]);
    else if (name.startsWith('train.output.')) collect(name, built.outputs[name.slice('train.output.'.length)]);
    else if (name.startsWith('train.buffer.') && !batchCount.test(name)) {
      collect(name, declared.bufferUpdates.get(name.slice('train.buffer.'.length)));
    }
  }
  const sources = new Map<string, Value>();
  for (const [name, tensor] of tensorsUnder(reference, 'grad.')) {
    const source = name.startsWith('input.')
      ? inputs.get(name.slice('input.'.length))
      : declared.parameters.get(name)?.value;
    if (source) sources.set(`grad.${name}`, source);
    else comparison.fail(`the file has a gradient of ${name} [${tensor.shape.join(', ')}], which the model lacks`);
  }
  const parameters = [...declared.parameters].filter(([name]) => !sources.has(`grad.${name}`));
  const unlisted = gradients(
    loss,
    parameters.map(([, { value }]) => value),
  );
  for (const [index, [name]] of parameters.entries()) {
    if (unlisted[index]) comparison.fail(`the file has no gradient of ${name}, which the model learns`);
  }
  const found = gradients(loss, [...sources.values()]);
  for (const [index, name] of [...sources.keys()].entries()) {
    const gradient = found[index];
    if (gradient) wanted[name] = gradient;
    else comparison.compare(name, zerosFor(reference.tensors.get(name)!));
  }
  for (const [name, tensor] of Object.entries(await evaluate(wanted, reference))) comparison.compare(name, tensor);
}

/**
 * Compares a graph with a reference file: parameters by name and shape, outputs in evaluation mode and, where the
 * file has them, outputs, losses, gradients and running statistics of one training step.
 */
export async function compareGraph(build: Build, reference: Reference, comparison: Comparison): Promise<void> {
  const evaluation = buildGraph(build, reference, false);
  checkParameters(evaluation, reference, comparison);
  // With other parameters than the file's there is nothing to feed.
  if (comparison.report().failures.length > 0) return;
  await compareEvaluation(evaluation, reference, comparison);
  if (reference.hasTraining) await compareTraining(buildGraph(build, reference, true), reference, comparison);
}
