/** The probability of a logit. */
export const probabilityOf = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** The logit of a probability. */
export const logitOf = (probability: number): number => Math.log(probability / (1 - probability));
