import type { DatasetFormat } from './layout.js';
import { detectPhraseFolders, readPhraseFolders } from './phraseFolders.js';

/**
 * RISBench.
 *
 * - Source: Dong et al., "Cross-modal bidirectional interaction model for referring remote sensing image segmentation"
 *   (CroBIM), 2024.
 * - Licence: not stated by the release.
 * - Counts: 52,472 triples of 512 x 512 px, 26 categories.
 * - Layout: `img_rgb/<id>.png`, `mask/<id>.png`, `output_phrase_train.txt`, `_val`, `_test` with a line `<id> <phrase>`
 *   a sample and, behind a tab where it is there, the category.
 */
export const risbench: DatasetFormat = {
  name: 'risbench',
  title: 'RISBench',
  lookedFor: 'output_phrase_train.txt, _val or _test with img_rgb/ and mask/',
  detect: (root) => detectPhraseFolders(root, ['img_rgb'], ['mask']),
  read: (root, layout, context) => readPhraseFolders('risbench', root, layout, 'mask', context),
};
