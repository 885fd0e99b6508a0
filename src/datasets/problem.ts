/** What can be wrong with a copy of a release; the order is that of the reports. */
export const problemKinds = {
  'file-unreadable': 'files that cannot be read',
  'image-missing': 'images that are not there',
  'image-unreadable': 'images that cannot be decoded',
  'image-damaged': 'images of which a part cannot be decoded',
  'size-mismatch': "sizes that differ from the annotations'",
  'missing-image-record': 'records that name an image which is not listed',
  'missing-annotation': 'sentences that name an annotation which is not there',
  'bad-mask': 'masks that cannot be decoded',
  'rle-sum': 'run lengths that do not sum to height x width',
  'empty-polygon': 'polygons that enclose nothing',
  'polygon-out-of-bounds': 'polygons that leave their image',
  'duplicate-id': 'ids used more than once',
  'empty-sentence': 'sentences without words',
  'sentence-leak': 'sentences about one image in two splits',
  'image-leak': 'images in two splits',
  'unknown-category': 'categories that are not listed',
  'non-object-with-mask': 'non-object expressions with a mask',
  'empty-mask': 'sentences about something whose mask is empty',
  'target-without-ref': 'annotated targets that no sentence names',
} as const;

export type ProblemKind = keyof typeof problemKinds;

/** One thing wrong with a release. */
export interface Problem {
  readonly kind: ProblemKind;
  /** An `error` makes figures wrong or a run fail; a `warning` is worth a look. */
  readonly severity: 'error' | 'warning';
  /** File, below the dataset's folder. */
  readonly file: string;
  /** The record as a person would find it: `annotation 1001`, `ref 43`, `line 12`. */
  readonly record: string;
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  /** The record's id, where it has one. */
  readonly id?: number | string;
}

/** `file: record: message; what to do`, as an error message says it. */
export const problemText = ({ file, record, message, fix }: Problem): string =>
  `${file}: ${record}: ${message}; ${fix}`;

/** The problem of an id that two records of a release have; `what` they are: `image`. */
export const duplicateId = (file: string, what: string, id: number): Problem => ({
  kind: 'duplicate-id',
  severity: 'error',
  file,
  record: `${what} ${id}`,
  id,
  message: `two records have the ${what} id ${id}`,
  fix: 'give each its own id or remove the copy',
});
