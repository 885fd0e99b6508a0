import type { HostTensor } from '../engine/index.js';
import { firstOf, UserError } from '../errors/index.js';

/** A loop, since `every` with a function takes five times as long, 0.05 s for the shipped weights. */
function areNumbers(values: Float32Array): boolean {
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return false;
  return true;
}

/**
 * Refuses a model that answers nothing, whatever it is asked. Outputs alone do not tell: a ReLU may turn what is not a number
 * into 0.
 * @param consequence what came of it, for the message
 * @throws UserError that names the first weights which are NaN or infinite
 */
export function checkWeightsAreNumbers(
  source: string,
  weights: ReadonlyMap<string, HostTensor>,
  consequence = '',
): void {
  const broken = [...weights].filter(([, { data }]) => !areNumbers(data as Float32Array));
  if (broken.length === 0) return;
  const names = broken.map(([name]) => name);
  throw new UserError(
    `${source}: the model itself is broken${consequence}: NaN or infinite values in ${firstOf(names, 3)} (a training that went astray?); take another checkpoint`,
  );
}
