import { join } from 'node:path';
import { UserError } from '../errors/index.js';
import { writeFileAtomic } from '../files/index.js';
import { writePickle } from '../pickles/index.js';
import { cocoInstances, releaseCategories } from './cocoJson.js';
import { nwpuReferCategories } from './nwpuReferCategories.js';
import {
  noTargetCategory,
  type Release,
  type ReleaseAnnotation,
  type ReleaseReference,
  type ReleaseSentence,
} from './release.js';
import { normaliseSentence, tokensOf } from './sentence.js';

/** One record of `refs(unc).p`, before pickling. */
interface RefRecord {
  readonly refId: number;
  readonly annotationId: number;
  readonly category: string;
  readonly reference: ReleaseReference;
  /** False for the further records of a sentence about several objects. */
  readonly isFirst: boolean;
}

/** Numbers that no record has taken yet, from the highest in use up. */
function freshNumbers(used: Iterable<number | undefined>): () => number {
  let highest = 0;
  for (const number of used) if (number !== undefined && number > highest) highest = number;
  return () => {
    highest += 1;
    return highest;
  };
}

/**
 * Says each reference as the release does: a sentence about several objects becomes several records that share image,
 * sentence and split, the first with the reference's id and category; one about nothing points to an annotation of the
 * category `no target`, taken from the release where one is free, else added.
 */
function expandReferences(release: Release): { refs: RefRecord[]; annotations: ReleaseAnnotation[] } {
  const annotations = [...release.annotations];
  const byId = new Map(annotations.map((annotation) => [annotation.id, annotation]));
  const nextAnnotation = freshNumbers(byId.keys());
  const nextRef = freshNumbers(release.references.map(({ refId }) => refId));
  const free = new Map<number, number[]>();
  for (const { id, imageId, category } of annotations) {
    if (category !== noTargetCategory) continue;
    const ids = free.get(imageId);
    if (ids) ids.push(id);
    else free.set(imageId, [id]);
  }
  const refs: RefRecord[] = [];
  const usedRefs = new Set<number>();
  for (const reference of release.references) {
    const refId = reference.refId ?? nextRef();
    if (usedRefs.has(refId)) throw new UserError(`references: two have the id ${refId}; give each its own`);
    usedRefs.add(refId);
    if (reference.annotationIds.length === 0) {
      let annotationId = free.get(reference.imageId)?.shift();
      if (annotationId === undefined) {
        annotationId = nextAnnotation();
        const { imageId } = reference;
        const empty = { id: annotationId, imageId, category: noTargetCategory, areaPx: 0 };
        annotations.push({ ...empty, boxXywh: [0, 0, 0, 0] });
      }
      refs.push({ refId, annotationId, category: noTargetCategory, reference, isFirst: true });
      continue;
    }
    let first = true;
    for (const annotationId of reference.annotationIds) {
      const annotation = byId.get(annotationId);
      if (!annotation) {
        throw new UserError(`reference ${refId}: no annotation has the id ${annotationId}; name one that is there`);
      }
      const category = first ? (reference.category ?? annotation.category) : annotation.category;
      refs.push({ refId: first ? refId : nextRef(), annotationId, category, reference, isFirst: first });
      first = false;
    }
  }
  return { refs, annotations };
}

/**
 * Writes a release in NWPU-Refer's form into a folder: `instances.json` (COCO) and `refs(unc).p` (a pickle of protocol
 * 2 that Python reads). The pictures belong in its folder `image/`, where the caller puts them. Each file appears whole
 * or not at all. Throws a UserError when an id is used twice or names nothing.
 *
 * Format: NWPU-Refer (arXiv 2506.03583), after REFER (Kazemzadeh et al., 2014).
 */
export async function writeNwpuRefer(folder: string, release: Release): Promise<void> {
  const { refs, annotations } = expandReferences(release);
  const whole: Release = { ...release, annotations };
  const categories = releaseCategories(whole, nwpuReferCategories);
  const categoryIds = new Map(categories.map(({ id, name }) => [name, id]));
  const files = new Map(release.images.map(({ id, file }) => [id, file]));
  const instances = cocoInstances(whole, categories);
  const nextSentence = freshNumbers(release.references.flatMap(({ sentences }) => sentences.map((s) => s.sentenceId)));
  const record = ({ raw, sentence, sentenceId }: ReleaseSentence, isFirst: boolean) => {
    const sent = sentence ?? normaliseSentence(raw);
    const id = isFirst && sentenceId !== undefined ? sentenceId : nextSentence();
    return { tokens: tokensOf(sent), raw, sent, sent_id: id };
  };
  const pickled = refs.map(({ refId, annotationId, category, reference, isFirst }) => {
    const sentences = reference.sentences.map((sentence) => record(sentence, isFirst));
    const file = files.get(reference.imageId);
    if (file === undefined) throw new UserError(`reference ${refId}: no image has the id ${reference.imageId}`);
    return {
      ref_id: refId,
      image_id: reference.imageId,
      ann_id: annotationId,
      category_id: categoryIds.get(category),
      split: reference.split,
      file_name: file,
      sentences,
      sent_ids: sentences.map((sentence) => sentence.sent_id),
    };
  });
  await writeFileAtomic(join(folder, 'instances.json'), instances);
  await writeFileAtomic(join(folder, 'refs(unc).p'), writePickle(pickled));
}
