import { gelu, layer, type Scope, type Value } from '../engine/index.js';
import { linearLayer } from './linearLayer.js';

/** Linear, exact GELU, linear: `[..., C] -> [..., C]`. Parameters: `fc1`, `fc2`. */
export const multilayerPerceptron = layer((scope: Scope, x: Value, hiddenWidth: number): Value => {
  const hidden = gelu(linearLayer(scope.child('fc1'), x, { width: hiddenWidth }));
  return linearLayer(scope.child('fc2'), hidden, { width: x.shape[x.shape.length - 1] });
});
