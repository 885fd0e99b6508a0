export {
  type Annotation,
  type Dataset,
  type DatasetImage,
  imagePath,
  type Kind,
  type Language,
  type Sample,
} from './sample.js';
