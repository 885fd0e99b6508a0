import {
  add,
  compile,
  floatTensor,
  gradients,
  type HostTensor,
  input,
  mul,
  type Scope,
  sum,
  type Value,
} from '../../engine/index.js';
import { createRandom } from '../../random/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';

/** The slope of a layer's weighed outputs along one number of a parameter, as the engine and as finite differences have it. */
export interface ComparedSlope {
  readonly name: string;
  readonly gradient: number;
  readonly difference: number;
}

const step = 2 ** -6;

/** Values of parameters as what a compiled graph of the scope is fed. */
export const parameterFeeds = (scope: Scope, values: ReadonlyMap<string, Float32Array>): Record<string, HostTensor> =>
  Object.fromEntries(
    [...values].map(([name, data]) => [name, floatTensor(data, scope.declared.parameters.get(name)!.shape)]),
  );

/**
 * Compares a layer's gradients with finite differences, at the number in the middle of each of its parameters.
 * @param parameters values of the parameters that the scope has declared
 */
export async function comparedSlopes(
  scope: Scope,
  outputs: readonly Value[],
  parameters: ReadonlyMap<string, Float32Array>,
  feeds: Readonly<Record<string, HostTensor>>,
): Promise<ComparedSlope[]> {
  const random = createRandom('weights of outputs');
  const weights = outputs.map(({ shape }) =>
    Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => random.normal()),
  );
  const weighed = outputs.map((value, index) => sum(mul(value, input(`weights${index}`, value.shape)))).reduce(add);
  const names = [...parameters.keys()];
  const slopes = gradients(
    weighed,
    names.map((name) => scope.declared.parameters.get(name)!.value),
  );
  const compiled = await compile(
    {
      ...Object.fromEntries(outputs.map((value, index) => [`out${index}`, value])),
      ...Object.fromEntries(names.map((name, index) => [`gradient.${name}`, slopes[index]!])),
    },
    { runtime: onnxruntimeNode },
  );
  const run = async (values: ReadonlyMap<string, Float32Array>): Promise<Record<string, HostTensor>> =>
    (await compiled.run({
      ...feeds,
      ...Object.fromEntries(outputs.map(({ shape }, index) => [`weights${index}`, floatTensor(weights[index], shape)])),
      ...parameterFeeds(scope, values),
    })) as Record<string, HostTensor>;
  // In float64: a float32 total has too few digits.
  const totalOf = (results: Record<string, HostTensor>): number =>
    weights.reduce(
      (total, own, index) =>
        own.reduce((before, weight, at) => before + weight * Number(results[`out${index}`].data[at]), total),
      0,
    );
  const results = await run(parameters);
  const compared: ComparedSlope[] = [];
  for (const [name, values] of parameters) {
    const at = values.length >> 1;
    const moved = async (by: number): Promise<number> =>
      totalOf(
        await run(
          new Map(parameters).set(
            name,
            values.map((value, index) => (index === at ? value + by : value)),
          ),
        ),
      );
    const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
    compared.push({ name, gradient: Number(results[`gradient.${name}`].data[at]), difference });
  }
  await compiled.release();
  return compared;
}
