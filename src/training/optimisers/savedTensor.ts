import { UserError } from '../../errors/index.js';
import type { Tensor } from '../../tensors/index.js';

/**
 * A tensor of an optimiser's saved state.
 * @param wanted what the optimiser has under the name
 * @throws UserError when it is missing, or of another type or shape
 */
export function savedTensor(state: ReadonlyMap<string, Tensor>, name: string, { dtype, shape }: Tensor): Tensor {
  const got = state.get(name);
  if (!got) throw new UserError(`the optimiser's saved state lacks ${name}`);
  if (got.dtype !== dtype || got.shape.join() !== shape.join())
    throw new UserError(
      `the optimiser's saved ${name} is ${got.dtype} [${got.shape.join(', ')}], expected ${dtype} [${shape.join(', ')}]`,
    );
  return got;
}
