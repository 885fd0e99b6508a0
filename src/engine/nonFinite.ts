import { compile, sortedNodes } from './compile.js';
import { leafOf } from './leaves.js';
import { type HostTensor, isHostTensor, type Runtime, type SessionTensor } from './runtime.js';
import { describeType, type Node, type Value } from './value.js';

/** The first element of a tensor that is NaN or infinite, and how many there are; null when all are finite. */
export function findNonFinite(tensor: HostTensor): { index: number; value: number; count: number } | null {
  if (tensor.type !== 'float32') return null;
  const data = tensor.data as Float32Array;
  let first = -1;
  let count = 0;
  for (let index = 0; index < data.length; index++) {
    if (Number.isFinite(data[index])) continue;
    if (first < 0) first = index;
    count += 1;
  }
  return count === 0 ? null : { index: first, value: data[first], count };
}

const place = (node: Node): string => (node.scope === '' ? '' : ` in ${node.scope}`);

function describeSource(value: Value, found: { value: number; count: number }): string {
  const leaf = leafOf(value);
  const counted = `${found.count} of its values ${found.count === 1 ? 'is' : 'are'} not finite (the first is ${found.value})`;
  if (leaf) return `the ${leaf.role} ${leaf.name} ${describeType(value)} is the source: ${counted}`;
  const operands = value.node.inputs.map(describeType).join(' x ');
  return `${value.node.operator.name}${place(value.node)}: ${operands}: ${counted}, while all that it reads is finite`;
}

/**
 * Runs a graph once more with every float value between inputs and `loss` kept, and says where numbers stop being
 * finite: the operator, its shapes and its scope, or the input or parameter that was so from the start. Needs memory
 * for all of them at once: meant for the moment after a loss came out as NaN.
 * @returns a sentence, or null when everything is finite
 */
export async function explainNonFinite(
  loss: Value,
  feeds: Readonly<Record<string, SessionTensor>>,
  runtime: Runtime,
): Promise<string | null> {
  const values = new Map<string, Value>();
  for (const node of sortedNodes([loss])) {
    const leaf = leafOf(node.outputs[0]);
    if (leaf && leaf.role !== 'constant') {
      const feed = feeds[leaf.name];
      const found = feed && isHostTensor(feed) ? findNonFinite(feed) : null;
      if (found) return describeSource(node.outputs[0], found);
    } else if (!leaf) {
      for (const value of node.outputs) if (value.type === 'float32') values.set(`probe_${values.size}`, value);
    }
  }
  const compiled = await compile(Object.fromEntries(values), { runtime, session: { optimisation: 'none' } });
  try {
    const needed = Object.fromEntries([...compiled.inputs.keys()].map((name) => [name, feeds[name]]));
    const results = await compiled.run(needed);
    for (const [name, value] of values) {
      const result = results[name];
      const found = findNonFinite(isHostTensor(result) ? result : await result.read());
      if (found) return describeSource(value, found);
    }
    return null;
  } finally {
    await compiled.release();
  }
}

/**
 * Throws unless a loss is a finite number. Call it before the optimiser's step: parameters are still sound then.
 * @param context what was computed: `step 120`, `epoch 3, batch 17`
 * @param explain finds the source, as `explainNonFinite` does; called only when the loss is not finite
 */
export async function requireFiniteLoss(
  loss: number,
  context: string,
  explain?: () => Promise<string | null>,
): Promise<void> {
  if (Number.isFinite(loss)) return;
  const reason = await explain?.();
  const advice = 'no parameter was changed; lower the learning rate, clip gradients, or check the sample';
  throw new Error(`${context}: the loss is ${loss}${reason ? `: ${reason}` : ''}; ${advice}`);
}
