import type { DatasetFormat } from './layout.js';
import { detectPhraseFolders, readPhraseFolders } from './phraseFolders.js';

/**
 * RefSegRS.
 *
 * - Source: Yuan et al., "RRSIS: Referring remote sensing image segmentation" (LGCE), IEEE TGRS 2024; imagery from
 *   SkyScapes.
 * - Licence: not stated by the release; SkyScapes is for research.
 * - Counts: 4,420 triples over 285 scenes of 512 x 512 px: 2,172 train, 431 val, 1,817 test.
 * - Layout: `images/<id>.tif`, `masks/<id>.tif`, `output_phrase_train.txt`, `_val`, `_test` with a line
 *   `<id> <phrase>` a sample.
 * - Mind: there are neither annotation ids nor categories; a phrase is `none` when its mask is empty, else `single`,
 *   whatever the number of its parts.
 */
export const refsegrs: DatasetFormat = {
  name: 'refsegrs',
  title: 'RefSegRS',
  lookedFor: 'output_phrase_train.txt, _val or _test with images/ and masks/',
  detect: (root) => detectPhraseFolders(root, ['images'], ['masks']),
  read: (root, layout, context) => readPhraseFolders('refsegrs', root, layout, 'masks', context),
};
