/** The numbers of one AdamW step that are the same for all elements of a parameter. */
export interface AdamwStep {
  readonly beta1: number;
  readonly beta2: number;
  /** 1 - learning rate * weight decay. */
  readonly decay: number;
  /** learning rate / (1 - beta1^t). */
  readonly stepSize: number;
  /** 1 / sqrt(1 - beta2^t). */
  readonly inverseRoot: number;
  readonly epsilon: number;
}

/**
 * The constants of step t = 1, 2, ... of AdamW (Loshchilov and Hutter 2019, algorithm 2, with PyTorch's place of
 * epsilon: outside the corrected root), in double precision.
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
    decay: 1 - learningRate * weightDecay,
    stepSize: learningRate / (1 - beta1 ** step),
    inverseRoot: 1 / Math.sqrt(1 - beta2 ** step),
    epsilon,
  };
}

/**
 * Updates elements `from` to `to` of a parameter in place; the gradient of element i stands at i + shift. Arithmetic
 * runs in double precision: V8 computes it twice as fast as float32 with its roundings.
 */
export function updateAdamw(
  parameter: Float32Array,
  gradient: Float32Array,
  mean: Float32Array,
  square: Float32Array,
  from: number,
  to: number,
  shift: number,
  { beta1, beta2, decay, stepSize, inverseRoot, epsilon }: AdamwStep,
): void {
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  for (let index = from; index < to; index++) {
    const slope = gradient[index + shift];
    const first = beta1 * mean[index] + rest1 * slope;
    const second = beta2 * square[index] + rest2 * slope * slope;
    mean[index] = first;
    square[index] = second;
    parameter[index] = parameter[index] * decay - (stepSize * first) / (Math.sqrt(second) * inverseRoot + epsilon);
  }
}

/** As `updateAdamw`, dividing by the root of the running maximum of the uncorrected squares' mean (AMSGrad). */
export function updateAmsgrad(
  parameter: Float32Array,
  gradient: Float32Array,
  mean: Float32Array,
  square: Float32Array,
  largest: Float32Array,
  from: number,
  to: number,
  shift: number,
  { beta1, beta2, decay, stepSize, inverseRoot, epsilon }: AdamwStep,
): void {
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  for (let index = from; index < to; index++) {
    const slope = gradient[index + shift];
    const first = beta1 * mean[index] + rest1 * slope;
    const second = beta2 * square[index] + rest2 * slope * slope;
    const top = Math.max(second, largest[index]);
    mean[index] = first;
    square[index] = second;
    largest[index] = top;
    parameter[index] = parameter[index] * decay - (stepSize * first) / (Math.sqrt(top) * inverseRoot + epsilon);
  }
}
