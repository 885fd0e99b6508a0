import { createRandom } from '../random/index.js';
import { elementCount } from './value.js';

/**
 * How a parameter begins, as data. Fans follow PyTorch: for a weight [out, in, ...kernel], fan in is in x kernel and
 * fan out is out x kernel.
 */
export type Initialiser =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'values'; readonly values: Float32Array }
  | { readonly kind: 'normal'; readonly standardDeviation: number }
  /** Cut at +-2 (an absolute bound, as timm's and PyTorch's default). */
  | { readonly kind: 'truncatedNormal'; readonly standardDeviation: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  /** Glorot and Bengio 2010: uniform in +-gain sqrt(6 / (fan in + fan out)). */
  | { readonly kind: 'xavierUniform'; readonly gain?: number }
  | { readonly kind: 'xavierNormal'; readonly gain?: number }
  /** He et al. 2015, for ReLU: normal with standard deviation sqrt(2 / fan). */
  | { readonly kind: 'kaimingNormal'; readonly mode?: 'fanIn' | 'fanOut' }
  | { readonly kind: 'kaimingUniform'; readonly mode?: 'fanIn' | 'fanOut' }
  /** PyTorch's default of Linear and Conv weights and biases: uniform in +-1 / sqrt(fan in). */
  | { readonly kind: 'fanInUniform'; readonly fanIn?: number };

export const zeros: Initialiser = { kind: 'constant', value: 0 };
export const ones: Initialiser = { kind: 'constant', value: 1 };

function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: elementCount(shape), fanOut: elementCount(shape) };
  const kernel = elementCount(shape.slice(2));
  return { fanIn: shape[1] * kernel, fanOut: shape[0] * kernel };
}

/**
 * Draws the first values of a parameter. A pure function of seed and name: the order in which a model makes its
 * parameters, and those beside it, change nothing.
 * @throws Error when `values` do not fill the shape
 */
export function initialise(
  initialiser: Initialiser,
  shape: readonly number[],
  seed: number,
  name: string,
): Float32Array {
  const count = elementCount(shape);
  const random = createRandom(seed, 'parameter', name);
  const fill = (draw: () => number): Float32Array => {
    const data = new Float32Array(count);
    for (let index = 0; index < count; index++) data[index] = draw();
    return data;
  };
  const { fanIn, fanOut } = fans(shape);
  const uniform = (bound: number) => fill(() => random.uniform(-bound, bound));
  const normal = (deviation: number) => fill(() => deviation * random.normal());
  switch (initialiser.kind) {
    case 'constant':
      return new Float32Array(count).fill(initialiser.value);
    case 'values':
      if (initialiser.values.length !== count) {
        throw new Error(`${name}: ${initialiser.values.length} initial values do not fill [${shape.join(', ')}]`);
      }
      return initialiser.values.slice();
    case 'normal':
      return normal(initialiser.standardDeviation);
    case 'truncatedNormal':
      return fill(() => {
        for (;;) {
          const value = initialiser.standardDeviation * random.normal();
          if (Math.abs(value) <= 2) return value;
        }
      });
    case 'uniform':
      return uniform(initialiser.bound);
    case 'xavierUniform':
      return uniform((initialiser.gain ?? 1) * Math.sqrt(6 / (fanIn + fanOut)));
    case 'xavierNormal':
      return normal((initialiser.gain ?? 1) * Math.sqrt(2 / (fanIn + fanOut)));
    case 'kaimingNormal':
      return normal(Math.sqrt(2 / (initialiser.mode === 'fanOut' ? fanOut : fanIn)));
    case 'kaimingUniform':
      return uniform(Math.sqrt(6 / (initialiser.mode === 'fanOut' ? fanOut : fanIn)));
    case 'fanInUniform':
      return uniform(1 / Math.sqrt(initialiser.fanIn ?? fanIn));
  }
}
