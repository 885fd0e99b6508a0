export { binaryCrossEntropyWithLogits } from './binaryCrossEntropy.js';
export { type CrossEntropyOptions, crossEntropy } from './crossEntropy.js';
export { binaryDice, type DiceOptions, diceLoss } from './dice.js';
export { focalLoss } from './focal.js';
