/** The numbers of one AdamW step that are the same for all elements of a parameter. */
export interface AdamwStep {
  readonly beta1: number;
  readonly beta2: number;
  /** learning rate * weight decay: the share of the parameter that is taken away. */
  readonly decay: number;
  /** learning rate / (1 - beta1^t). */
  readonly stepSize: number;
  /** 1 / sqrt(1 - beta2^t). */
  readonly inverseRoot: number;
  readonly epsilon: number;
}

/**
 * The constants of step t = 1, 2, ... of AdamW (Loshchilov and Hutter 2019, algorithm 2, with PyTorch's place of
 * epsilon: outside the corrected root), in double precision. `updateAdamw` then does, for each element,
 * m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; p = p - (decay p + stepSize m / (sqrt(v) inverseRoot +
 * epsilon)), in float32.
 */
export function adamwStep(
  { betas, epsilon }: { readonly betas: readonly [number, number]; readonly epsilon: number },
  step: number,
  learningRate: number,
  weightDecay: number,
): AdamwStep {
  const [beta1, beta2] = betas;
  return {
    beta1,
    beta2,
    decay: learningRate * weightDecay,
    stepSize: learningRate / (1 - beta1 ** step),
    inverseRoot: 1 / Math.sqrt(1 - beta2 ** step),
    epsilon,
  };
}
