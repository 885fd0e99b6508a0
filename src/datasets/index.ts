export { datasetFormats, type OpenOptions, openDataset } from './openDataset.js';
export type {
  Release,
  ReleaseAnnotation,
  ReleaseImage,
  ReleaseReference,
  ReleaseSentence,
} from './release.js';
export {
  type Annotation,
  type Dataset,
  type DatasetImage,
  imagePath,
  type Kind,
  type Language,
  type Sample,
} from './sample.js';
export { languageOf, normaliseSentence } from './sentence.js';
export { nwpuReferCategories, writeNwpuRefer } from './writeNwpuRefer.js';
