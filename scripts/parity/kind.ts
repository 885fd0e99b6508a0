import type { HostTensor, Scope, Value } from '../../src/engine/index.js';
import type { Reference } from './reference.js';

/** What a builder gets to rebuild the thing that a file describes. */
export interface BuildContext {
  /** The root scope: declare parameters and buffers under the names of the file's `param.*`. */
  readonly scope: Scope;
  /** `scope.training`: the graph is built once for evaluation and, where the file has training tensors, once for it. */
  readonly training: boolean;
  /** The file's hyper-parameters. */
  readonly config: unknown;
  /** Shapes of the file's `param.*`. */
  readonly parameterShapes: ReadonlyMap<string, readonly number[]>;
  /** The file's `input.<name>` as symbolic inputs; throws when there is none of that name. */
  input(name: string): Value;
  /** Whether the file has an input of that name. */
  hasInput(name: string): boolean;
}

/** What a builder gives back. */
export interface Built {
  /** Under the names of the file's `output.*`; those that the file lacks are not compared. */
  readonly outputs: Readonly<Record<string, Value>>;
  /**
   * Scalars under the file's names; `loss` is what gradients are taken of. Left out where the loss is the sum of
   * outputs times their `input.cotangent.*`.
   */
  readonly losses?: Readonly<Record<string, Value>> & { readonly loss: Value };
  /** Fixed buffers of the state dict that are no part of the graph (`relative_position_index`), for comparison. */
  readonly fixed?: Readonly<Record<string, HostTensor>>;
}

/** A kind of reference file. Those of models are graphs; optimisers and image preparation compute directly. */
export type Kind =
  | { readonly build: (context: BuildContext) => Built }
  | { readonly compute: (reference: Reference) => Promise<Record<string, HostTensor>> };
