import { join } from 'node:path';
import { UserError } from '../errors/index.js';
import { writeFileAtomic } from '../files/index.js';
import { cocoInstances, releaseCategories } from './cocoJson.js';
import type { Release } from './release.js';
import { normaliseSentence, tokensOf } from './sentence.js';

/**
 * Writes a release in gRefCOCO's form into a folder: `grefcoco/instances.json` (COCO) and `grefcoco/grefs(unc).json`,
 * one record a reference with the list of its annotations (`[-1]` for none). The pictures belong in
 * `images/train2014/`. Throws a UserError when an id is used twice or names nothing.
 */
export async function writeGrefcoco(folder: string, release: Release): Promise<void> {
  const categories = releaseCategories(release);
  const categoryIds = new Map(categories.map(({ id, name }) => [name, id]));
  const annotations = new Map(release.annotations.map((annotation) => [annotation.id, annotation]));
  const files = new Map(release.images.map(({ id, file }) => [id, file]));
  let nextRef = release.references.reduce((highest, { refId = 0 }) => Math.max(highest, refId), 0) + 1;
  let nextSentence = 1;
  for (const { sentences } of release.references) {
    for (const { sentenceId = 0 } of sentences) nextSentence = Math.max(nextSentence, sentenceId + 1);
  }
  const used = new Set<number>();
  const records = release.references.map(({ refId, imageId, split, annotationIds, category, sentences }) => {
    const id = refId ?? nextRef++;
    if (used.has(id)) throw new UserError(`references: two have the id ${id}; give each its own`);
    used.add(id);
    const file = files.get(imageId);
    if (file === undefined) throw new UserError(`reference ${id}: no image has the id ${imageId}`);
    const names = annotationIds.map((annotationId) => {
      const annotation = annotations.get(annotationId);
      if (!annotation) throw new UserError(`reference ${id}: no annotation has the id ${annotationId}`);
      return annotation.category;
    });
    const whole = annotationIds.length === 0 ? [] : [...new Set(category === undefined ? names : [category, ...names])];
    const written = sentences.map(({ raw, sentence = normaliseSentence(raw), sentenceId }) => ({
      tokens: tokensOf(sentence),
      raw,
      sent: sentence,
      sent_id: sentenceId ?? nextSentence++,
    }));
    return JSON.stringify({
      ref_id: id,
      image_id: imageId,
      ann_id: annotationIds.length === 0 ? [-1] : annotationIds,
      category_id: annotationIds.length === 0 ? [-1] : whole.map((name) => categoryIds.get(name) ?? -1),
      no_target: annotationIds.length === 0,
      split,
      file_name: file,
      sentences: written,
      sent_ids: written.map(({ sent_id }) => sent_id),
    });
  });
  await writeFileAtomic(join(folder, 'grefcoco', 'instances.json'), cocoInstances(release, categories));
  await writeFileAtomic(join(folder, 'grefcoco', 'grefs(unc).json'), `[\n${records.join(',\n')}\n]\n`);
}
