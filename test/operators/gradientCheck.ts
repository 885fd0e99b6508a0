import {
  addAll,
  type CompiledFunction,
  compile,
  constant,
  floatTensor,
  gradients,
  type HostTensor,
  input,
  integerTensor,
  mul,
  type RuntimeOptions,
  sum,
  type Value,
} from '../../src/engine/index.js';
import { createRandom, type Random } from '../../src/random/index.js';
import { onnxruntimeNode } from '../../src/runtimes/onnxruntimeNode.js';
import { type Fill, type InputSample, type Sample, volume } from './cases.js';

const isList = (fill: Fill): fill is readonly number[] => Array.isArray(fill);

function fillElements(fill: Fill, count: number, offset: number, random: Random): Float32Array {
  if (isList(fill)) return Float32Array.from(fill);
  if (typeof fill !== 'string' && 'values' in fill) return Float32Array.from(fill.values);
  const draw = (low: number, high: number) => Float32Array.from({ length: count }, () => random.uniform(low, high));
  if (fill === 'any') return draw(-2, 2);
  if (fill === 'positive') return draw(0.5, 2);
  if (fill === 'distinct') {
    const order = Float32Array.from(
      { length: count },
      (_, index) => (index - count / 2) * 0.25 + offset * 0.125 + 0.06,
    );
    for (let index = count - 1; index > 0; index--) {
      const other = Math.floor(random.uniform(0, index + 1));
      [order[index], order[other]] = [order[other], order[index]];
    }
    return order;
  }
  return draw(-4, 4).map((value) =>
    fill.awayFrom.reduce((moved, kink) => (Math.abs(moved - kink) < 0.15 ? kink + 0.2 : moved), value),
  );
}

function feedOf({ shape, type = 'float32' }: InputSample, elements: Float32Array): HostTensor {
  if (type === 'int64') return integerTensor(elements, shape);
  if (type === 'bool') return { type, shape, data: Uint8Array.from(elements) };
  return floatTensor(elements, shape);
}

const isVaried = ({ fill, type = 'float32' }: InputSample): boolean => type === 'float32' && !isList(fill);

/** A sample compiled: its outputs, and the gradients of a random weighted sum of them. */
export interface CheckedSample {
  readonly sample: Sample;
  readonly function: CompiledFunction;
  readonly outputs: readonly Value[];
  readonly cotangents: readonly Float32Array[];
  readonly elements: readonly Float32Array[];
  readonly gradientNames: readonly (string | null)[];
}

/** Builds and compiles a sample with its gradients; `withGradient` false leaves them out. */
export async function compileSample(
  sample: Sample,
  seed: number,
  withGradient: boolean,
  session: RuntimeOptions = { threads: 1 },
): Promise<CheckedSample> {
  const random = createRandom(seed, 'gradientCheck');
  const elements = sample.inputs.map(({ fill, shape }, index) => fillElements(fill, volume(shape), index, random));
  const inputs = sample.inputs.map(({ shape, type }, index) => input(`input${index}`, shape, type));
  const built = sample.build(...inputs);
  const outputs = 'node' in built ? [built] : built;
  const cotangents = outputs.map(({ shape }) =>
    Float32Array.from({ length: volume(shape) }, () => random.uniform(-1, 1)),
  );
  const named: Record<string, Value> = Object.fromEntries(outputs.map((value, index) => [`output${index}`, value]));
  const gradientNames: (string | null)[] = inputs.map(() => null);
  if (withGradient) {
    const weighted = outputs.map((value, index) => sum(mul(value, constant(cotangents[index], value.shape))));
    const wanted = sample.inputs.map((own, index) => ({ own, index })).filter(({ own }) => isVaried(own));
    const found = gradients(
      addAll(weighted),
      wanted.map(({ index }) => inputs[index]),
    );
    for (const [place, { index }] of wanted.entries()) {
      const gradient = found[place];
      if (!gradient) continue;
      gradientNames[index] = `gradient${index}`;
      named[`gradient${index}`] = gradient;
    }
  }
  const compiled = await compile(named, { runtime: onnxruntimeNode, session });
  return { sample, function: compiled, outputs, cotangents, elements, gradientNames };
}

/** Runs a compiled sample at some elements. */
export async function runSample(
  checked: CheckedSample,
  elements: readonly Float32Array[] = checked.elements,
): Promise<Record<string, HostTensor>> {
  const feeds: Record<string, HostTensor> = {};
  for (const [index, own] of checked.sample.inputs.entries()) {
    const name = `input${index}`;
    if (checked.function.inputs.has(name)) feeds[name] = feedOf(own, elements[index]);
  }
  return (await checked.function.run(feeds)) as Record<string, HostTensor>;
}

/**
 * Slope of the weighted sum along a random direction, by the gradients and by central differences of fourth order, both
 * summed in double precision; `scale` is the size of what was summed.
 */
export async function compareSlopes(
  checked: CheckedSample,
  seed: number,
): Promise<{ analytic: number; numeric: number; scale: number }> {
  const random = createRandom(seed, 'direction');
  const { sample, elements, outputs, cotangents, gradientNames } = checked;
  const directions = sample.inputs.map((own, index) =>
    elements[index].map(() => (isVaried(own) ? random.uniform(-1, 1) : 0)),
  );
  // A power of two, so that the steps themselves are exact.
  const step = 1 / 64;
  const valueAt = async (steps: number): Promise<Float64Array[]> => {
    const moved = elements.map((list, index) =>
      list.map((value, place) => value + steps * step * directions[index][place]),
    );
    const results = await runSample(checked, moved);
    return outputs.map((_, index) => Float64Array.from(results[`output${index}`].data as Float32Array));
  };
  const results = await runSample(checked);
  let analytic = 0;
  let squares = 0;
  for (const [index, name] of gradientNames.entries()) {
    if (name === null) continue;
    for (const [place, slope] of (results[name].data as Float32Array).entries()) {
      const part = slope * directions[index][place];
      analytic += part;
      squares += part * part;
    }
  }
  const [far, near, nearBack, farBack] = [await valueAt(2), await valueAt(1), await valueAt(-1), await valueAt(-2)];
  let numeric = 0;
  let outputSquares = 0;
  for (const [index, cotangent] of cotangents.entries()) {
    for (let place = 0; place < cotangent.length; place++) {
      const difference =
        8 * (near[index][place] - nearBack[index][place]) - (far[index][place] - farBack[index][place]);
      numeric += (cotangent[place] * difference) / (12 * step);
      outputSquares += (cotangent[place] * near[index][place]) ** 2;
    }
  }
  return { analytic, numeric, scale: Math.sqrt(squares) + Math.sqrt(outputSquares) };
}
