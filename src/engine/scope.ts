import type { Initialiser } from './initialisers.js';
import { createLeaf, type RandomDistribution } from './leaves.js';
import { withinScope } from './scopePath.js';
import { elementCount, type Value } from './value.js';

/** A trainable parameter of a model, or a buffer (running statistics) that a step updates without a gradient. */
export interface Declaration {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialiser: Initialiser;
  readonly value: Value;
}

/** A named random input: drawn anew at each step from the step's seed, so that a step is a pure function. */
export interface RandomDeclaration {
  readonly name: string;
  readonly shape: readonly number[];
  readonly distribution: RandomDistribution;
  readonly value: Value;
}

/** All that a model declared while it was built, under full names. */
export interface Declarations {
  readonly parameters: ReadonlyMap<string, Declaration>;
  readonly buffers: ReadonlyMap<string, Declaration>;
  readonly randoms: ReadonlyMap<string, RandomDeclaration>;
  /** New values of buffers after a training step: fetch them beside the loss. */
  readonly bufferUpdates: ReadonlyMap<string, Value>;
}

/**
 * Names the parts of a model. `scope.child('layers').child('0')` gives parameters the names of the published state
 * dicts, so that importing weights is mostly the identity.
 */
export interface Scope {
  /** Full name of this place, `` at the root. */
  readonly path: string;
  /** Whether a training graph is being built (dropout, batch statistics). */
  readonly training: boolean;
  /** Whether batch normalisation in training renormalises (see `batchNorm`). */
  readonly renormalise: boolean;
  /** Whether a parameter or buffer of this place is not trained: a norm keeps its running statistics then. */
  isFrozen(name: string): boolean;
  child(name: string): Scope;
  /** Declares a parameter; throws when the name is taken. */
  parameter(name: string, shape: readonly number[], initialiser: Initialiser): Value;
  /** Declares a buffer; throws when the name is taken. */
  buffer(name: string, shape: readonly number[], initialiser: Initialiser): Value;
  /** Records the value that a buffer has after this step. */
  updateBuffer(name: string, value: Value): void;
  /** Declares a random input; throws when the name is taken. */
  random(name: string, shape: readonly number[], distribution: RandomDistribution): Value;
  readonly declared: Declarations;
}

/**
 * Makes the root scope of one model.
 * @param options.isFrozen by full name, for a model of which a part is trained; nothing is frozen when left out
 */
export function createScope(options: {
  training: boolean;
  renormalise?: boolean;
  isFrozen?: (name: string) => boolean;
}): Scope {
  const parameters = new Map<string, Declaration>();
  const buffers = new Map<string, Declaration>();
  const randoms = new Map<string, RandomDeclaration>();
  const bufferUpdates = new Map<string, Value>();
  const declared: Declarations = { parameters, buffers, randoms, bufferUpdates };

  const refuseTaken = (name: string): void => {
    if (parameters.has(name) || buffers.has(name) || randoms.has(name)) {
      throw new Error(`${name} is declared twice: give each part of the model its own child scope`);
    }
  };

  const at = (path: string): Scope => {
    const full = (name: string): string => (path === '' ? name : `${path}.${name}`);
    return {
      path,
      training: options.training,
      renormalise: options.renormalise ?? false,
      isFrozen: (name) => options.isFrozen?.(full(name)) ?? false,
      declared,
      child: (name) => at(full(name)),
      parameter(name, shape, initialiser) {
        refuseTaken(full(name));
        if (elementCount(shape) === 0) throw new Error(`${full(name)}: a parameter of shape [${shape}] holds nothing`);
        const value = createLeaf({ role: 'parameter', name: full(name), shape, type: 'float32', initialiser });
        parameters.set(full(name), { name: full(name), shape, initialiser, value });
        return value;
      },
      buffer(name, shape, initialiser) {
        refuseTaken(full(name));
        const value = createLeaf({ role: 'buffer', name: full(name), shape, type: 'float32', initialiser });
        buffers.set(full(name), { name: full(name), shape, initialiser, value });
        return value;
      },
      updateBuffer(name, value) {
        if (!buffers.has(full(name))) throw new Error(`${full(name)}: no such buffer to update`);
        bufferUpdates.set(full(name), value);
      },
      random(name, shape, distribution) {
        refuseTaken(full(name));
        const value = createLeaf({ role: 'random', name: full(name), shape, type: 'float32', distribution });
        randoms.set(full(name), { name: full(name), shape, distribution, value });
        return value;
      },
    };
  };
  return at('');
}

/**
 * Turns a function of a scope into a layer: what it builds carries the scope's path in errors.
 * `export const linear = layer((scope, x: Value, width: number) => ...)`
 */
export function layer<Arguments extends readonly unknown[], Result>(
  build: (scope: Scope, ...rest: Arguments) => Result,
): (scope: Scope, ...rest: Arguments) => Result {
  return (scope, ...rest) => withinScope(scope.path, () => build(scope, ...rest));
}
