import { batchNorm, groupNorm, layer, layerNorm, ones, type Scope, type Value, zeros } from '../engine/index.js';

/** LayerNorm over the last axis. Parameters: `weight`, `bias` [C]. */
export const layerNormLayer = layer((scope: Scope, x: Value, eps: number = 1e-5): Value => {
  const width = x.shape[x.shape.length - 1];
  return layerNorm(x, scope.parameter('weight', [width], ones), scope.parameter('bias', [width], zeros), { eps });
});

/**
 * BatchNorm over axis 1, for `[B, C]` and `[B, C, H, W]`: batch statistics in training (renormalised where the scope says
 * so), running ones else, and where the layer is frozen: what is not trained must not change with the batch.
 * Parameters: `weight`, `bias` [C]; buffers: `running_mean`, `running_var` [C].
 */
export const batchNormLayer = layer((scope: Scope, x: Value): Value => {
  const width = x.shape[1];
  const training = scope.training && !scope.isFrozen('weight');
  const result = batchNorm(
    x,
    {
      weight: scope.parameter('weight', [width], ones),
      bias: scope.parameter('bias', [width], zeros),
      runningMean: scope.buffer('running_mean', [width], zeros),
      runningVariance: scope.buffer('running_var', [width], ones),
    },
    { training, renormalise: scope.renormalise },
  );
  if (training) {
    scope.updateBuffer('running_mean', result.runningMean);
    scope.updateBuffer('running_var', result.runningVariance);
  }
  return result.y;
});

/** GroupNorm (Wu and He 2018) of `[B, C, H, W]` in groups of at least `groupWidth` channels; alike for any batch size. */
export const groupNormLayer = layer((scope: Scope, x: Value, groupWidth: number = 8): Value => {
  const width = x.shape[1];
  let groups = Math.max(1, Math.floor(width / groupWidth));
  while (width % groups !== 0) groups -= 1;
  return groupNorm(x, groups, scope.parameter('weight', [width], ones), scope.parameter('bias', [width], zeros), {});
});

/** How maps are normalised: as published (batch), or independently of the batch (group). */
export type MapNorm = 'batch' | 'group';

/** BatchNorm or GroupNorm of a map, as the configuration asks. */
export function mapNormLayer(scope: Scope, x: Value, norm: MapNorm): Value {
  return norm === 'batch' ? batchNormLayer(scope, x) : groupNormLayer(scope, x);
}
