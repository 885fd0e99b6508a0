import { apply, type Operator } from '../operator.js';
import type { Value } from '../value.js';

export const stopGradientOperator: Operator<null> = {
  name: 'stopGradient',
  infer: (inputs) => [inputs[0]],
  emit: (graph, { inputs, outputs }) => graph.node('Identity', inputs, outputs),
  gradient: { because: 'it is there to stop it' },
};

/** x itself, taken for a constant by gradients; another path to what x is made of must be there. */
export function stopGradient(x: Value): Value {
  return apply(stopGradientOperator, [x], null);
}
