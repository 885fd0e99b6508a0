export { type ConvolutionOptions, convolutionLayer } from './convolutionLayer.js';
export { mapFromTokens, type TokenMap, tokensFromMap } from './featureMap.js';
export { type LinearOptions, linearLayer, pointwiseLayer, transformerWeights } from './linearLayer.js';
export { multilayerPerceptron } from './multilayerPerceptron.js';
export { batchNormLayer, layerNormLayer, type MapNorm, mapNormLayer } from './norms.js';
export { relativePositionIndex } from './relativePositionBias.js';
export { windowAttention } from './windowAttention.js';
export { shiftMask, windowGeometry, windowPartition, windowReverse } from './windowPartition.js';
