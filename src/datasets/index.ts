export { annotationsByImage } from './annotationsByImage.js';
export { type AugmentOptions, defaultAugment, type PreparedSample } from './augmentSample.js';
export { categoryNames } from './categoryNames.js';
export { mostClasses, unknownClass } from './classMap.js';
export {
  type ConvertOptions,
  type ConvertReport,
  convertDataset,
  ownFormat,
  refuseOverwrite,
  type WritableFormat,
} from './convertDataset.js';
export { type DatasetInfo, datasetInfo } from './datasetInfo.js';
export type { DatasetStatistics, StatisticsTable } from './datasetStatistics.js';
export { type Batch, createLoader, type Loader, type LoaderOptions } from './loader.js';
export { type BalancedSet, type BalanceOptions, balanceSamples, balanceSets } from './loaderBalance.js';
export { nwpuReferCategories, nwpuReferThings } from './nwpuReferCategories.js';
export { type OpenOptions, openDataset } from './openDataset.js';
export { type Problem, type ProblemKind, problemKinds } from './problem.js';
export {
  noTargetCategory,
  type Release,
  type ReleaseAnnotation,
  type ReleaseImage,
  type ReleaseReference,
  type ReleaseSentence,
} from './release.js';
export { rewriteSentence } from './rewriteSentence.js';
export {
  type Annotation,
  type Dataset,
  type DatasetImage,
  imagePath,
  type Kind,
  type Language,
  type Sample,
} from './sample.js';
export { normaliseSentence } from './sentence.js';
export { sentenceConstructs } from './sentenceConstructs.js';
export { namesColour, namesPlace } from './sentenceTraits.js';
export { type ShowChoice, type Shown, showPictures } from './showPictures.js';
export { releaseOfImages, type SplitPart, splitImages, withSplits } from './splitDataset.js';
export { type SubsetOptions, subsetDataset } from './subsetDataset.js';
export { type ValidateOptions, validateDataset } from './validateDataset.js';
export { writeNwpuRefer } from './writeNwpuRefer.js';
export { writeStatistics } from './writeStatistics.js';
