/** The numbers of one SGD step that are the same for all elements of a parameter. */
export interface SgdStep {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly momentum: number;
  /** The share of the gradient that enters the momentum: 1 - dampening, and 1 in the first step. */
  readonly share: number;
  readonly nesterov: boolean;
}

/**
 * Updates elements `from` to `to` of a parameter in place, with PyTorch's form of momentum (Sutskever et al. 2013, the
 * learning rate outside the velocity); the gradient of element i stands at i + shift. Without momentum `velocity` is
 * not used.
 */
export function updateSgd(
  parameter: Float32Array,
  gradient: Float32Array,
  velocity: Float32Array,
  from: number,
  to: number,
  shift: number,
  { learningRate, weightDecay, momentum, share, nesterov }: SgdStep,
): void {
  if (momentum === 0) {
    for (let index = from; index < to; index++) {
      const value = parameter[index];
      parameter[index] = value - learningRate * (gradient[index + shift] + weightDecay * value);
    }
    return;
  }
  const ahead = nesterov ? 1 : 0;
  const weight = nesterov ? momentum : 1;
  for (let index = from; index < to; index++) {
    const value = parameter[index];
    const slope = gradient[index + shift] + weightDecay * value;
    const speed = momentum * velocity[index] + share * slope;
    velocity[index] = speed;
    parameter[index] = value - learningRate * (ahead * slope + weight * speed);
  }
}
