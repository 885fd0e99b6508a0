import { cp, mkdtemp, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeRle, rleFromBox, rleToString } from '../masks/index.js';
import { type Picklable, readPickle, writePickle } from '../pickles/index.js';
import { openTables } from './openDataset.js';
import { testRelease, writePictures } from './testRelease.js';
import { validateTables } from './validateDataset.js';
import { writeCoco } from './writeCoco.js';

const fixtures = join(import.meta.dirname, '../../test/fixtures/datasets');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-faults-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** `kind file: record severity` of everything found, in order; each must say enough to act on. */
async function problemsFound(): Promise<string[]> {
  const { root, tables } = await openTables(folder);
  const problems = await validateTables(root, tables);
  for (const { message, fix, record, id } of problems) {
    expect(message.length).toBeGreaterThan(10);
    expect(fix.length).toBeGreaterThan(10);
    if (typeof id === 'number') expect(record).toContain(String(id));
  }
  return problems.map(({ kind, file, record, severity }) => `${kind} ${file}: ${record} ${severity}`).sort();
}

type Thing = Record<string, unknown> & { id: number };
type Ref = Map<string, Picklable>;

/** A release of the REFER or COCO kind in memory, to plant faults in. */
interface Planted {
  readonly form: Form;
  readonly images: (Thing & { file_name: string; width: number; height: number })[];
  readonly annotations: (Thing & { image_id: number; segmentation: unknown })[];
  readonly categories: Thing[];
  readonly refs: Ref[];
}

interface Form {
  readonly name: string;
  /** Puts a sound release into the folder. */
  prepare(): Promise<unknown>;
  readonly instances: string;
  readonly references?: string;
  readonly pictures: string;
  /** A segmentation as the form writes runs. */
  runs(value: object): unknown;
  /** Annotation ids as the form writes them in a reference. */
  targets(id: number): Picklable;
  readonly everyTargetHasRef?: boolean;
}

const fixture = (name: string) => (): Promise<void> => cp(join(fixtures, name), folder, { recursive: true });

/** RefCOCO's fixture under the name and with the references of one of its family. */
const family = (name: string, references: string) => async (): Promise<void> => {
  await fixture('refcoco')();
  await rename(join(folder, 'refcoco'), join(folder, name));
  await rename(join(folder, name, 'refs(unc).p'), join(folder, name, references));
};

const plain = { runs: (value: object) => value, targets: (id: number) => id };
const forms: Form[] = [
  {
    name: 'rrsis-d',
    async prepare() {
      await fixture('rrsis-d')();
      // The fixture has things that no sentence names, as releases do.
      await change(forms[0], ({ annotations, refs }) => {
        const referred = new Set(refs.map((ref) => ref.get('ann_id')));
        annotations.splice(0, annotations.length, ...annotations.filter(({ id }) => referred.has(id)));
      });
    },
    instances: 'rrsisd/instances.json',
    references: 'rrsisd/refs(unc).p',
    pictures: 'images/rrsisd/JPEGImages',
    runs: (value) => [value],
    targets: (id) => id,
    everyTargetHasRef: true,
  },
  ...[
    ['refcoco', 'refs(unc).p'],
    ['refcoco+', 'refs(unc).p'],
    ['refcocog', 'refs(umd).p'],
  ].map(
    ([name, references]): Form => ({
      name: `${name}, ${references}`,
      prepare: family(name, references),
      instances: `${name}/instances.json`,
      references: `${name}/${references}`,
      pictures: 'images/train2014',
      ...plain,
    }),
  ),
  {
    name: 'grefcoco',
    async prepare() {
      await fixture('grefcoco')();
      // One outline of the fixture leaves its picture by three pixels.
      const path = join(folder, 'grefcoco/instances.json');
      await writeFile(path, (await readFile(path, 'utf8')).replace('143.59', '139.59'));
    },
    instances: 'grefcoco/instances.json',
    references: 'grefcoco/grefs(unc).json',
    pictures: 'images/train2014',
    runs: (value) => value,
    targets: (id) => [id],
  },
  {
    name: 'coco',
    async prepare() {
      const release = testRelease();
      await writeCoco(folder, release);
      await writePictures(join(folder, 'images'), release);
    },
    instances: 'annotations.json',
    pictures: 'images',
    ...plain,
  },
];

/** Reads a release's annotations, changes them, and writes them back; gives what the change gives. */
async function change<T>(form: Form, plant: (release: Planted) => T): Promise<T> {
  const path = join(folder, form.instances);
  const instances = JSON.parse(await readFile(path, 'utf8'));
  const references = form.references === undefined ? undefined : join(folder, form.references);
  const asJson = references?.endsWith('.json');
  let refs: Ref[] = [];
  if (references !== undefined) {
    const bytes = await readFile(references);
    refs = asJson
      ? (JSON.parse(bytes.toString()) as Record<string, Picklable>[]).map((ref) => new Map(Object.entries(ref)))
      : (readPickle(bytes) as Ref[]);
  }
  const result = plant({ form, ...instances, refs });
  await writeFile(path, JSON.stringify(instances));
  if (references !== undefined) {
    await writeFile(
      references,
      asJson ? JSON.stringify(refs.map((ref) => Object.fromEntries(ref))) : writePickle(refs),
    );
  }
  return result;
}

const namesOne = (ref: Ref, id: number): boolean => {
  const ids = ref.get('ann_id');
  return Array.isArray(ids) ? ids.length === 1 && ids[0] === id : ids === id;
};

/** An annotation that is some reference's only target (any, in a set without sentences), and that reference. */
function victim({ annotations, refs }: Planted): { annotation: Planted['annotations'][number]; ref: Ref } {
  const found = annotations.find(({ id }) => refs.length === 0 || refs.some((ref) => namesOne(ref, id)));
  if (!found) throw new Error('no annotation to spoil');
  return { annotation: found, ref: refs.find((ref) => namesOne(ref, found.id)) ?? new Map() };
}

const imageOf = (release: Planted): Planted['images'][number] => {
  const { annotation } = victim(release);
  return release.images.find(({ id }) => id === annotation.image_id) as Planted['images'][number];
};

/** Warnings that a form gives when the references to an annotation go. */
const leftAlone = ({ form, refs }: Planted, id: number): string[] =>
  form.everyTargetHasRef && !refs.some((ref) => namesOne(ref, id))
    ? [`target-without-ref ${form.instances}: annotation ${id} warning`]
    : [];

const spoilt = (kind: string, value: (release: Planted) => unknown): ((release: Planted) => string[]) => {
  return (release) => {
    const { annotation } = victim(release);
    annotation.segmentation = value(release);
    return [`${kind} ${release.form.instances}: annotation ${annotation.id} error`];
  };
};

const sized = (release: Planted, counts: unknown): unknown => {
  const { height, width } = imageOf(release);
  return release.form.runs({ size: [height, width], counts });
};

/** Faults of annotations files, in every form that has one. */
const annotationFaults: [string, (release: Planted) => string[]][] = [
  [
    'an annotation of a missing image',
    (release) => {
      release.annotations.push({ ...victim(release).annotation, id: 90_001, image_id: 99_999 });
      const file = release.form.instances;
      return [`missing-image-record ${file}: annotation 90001 error`, ...leftAlone(release, 90_001)];
    },
  ],
  ['a polygon of an odd number of values', spoilt('bad-mask', () => [[1, 2, 3, 4, 5, 6, 7]])],
  ['a polygon of text', spoilt('bad-mask', () => [['a', 'b', 1, 1, 2, 2]])],
  ['a segmentation that is text', spoilt('bad-mask', () => 'everything')],
  ['an empty polygon', spoilt('empty-polygon', () => [[]])],
  ['a polygon of two corners', spoilt('empty-polygon', () => [[1, 1, 9, 9]])],
  ['a polygon without area', spoilt('empty-polygon', () => [[5, 5, 5, 5, 5, 5]])],
  ['a polygon outside of its image', spoilt('polygon-out-of-bounds', () => [[1, 1, 900, 1, 9, 9]])],
  ['a polygon above its image', spoilt('polygon-out-of-bounds', () => [[1, -400, 20, 1, 9, 9]])],
  ['runs that fall short', spoilt('rle-sum', (release) => sized(release, [10, 5, 100]))],
  ['runs that go on too long', spoilt('rle-sum', (release) => sized(release, [10, 5, 1_000_000]))],
  [
    'a compressed string cut off',
    spoilt('rle-sum', (release) => {
      const { height, width } = imageOf(release);
      return sized(release, rleToString(rleFromBox([3, 3, 9, 9], height, width)).slice(0, -3));
    }),
  ],
  ['a compressed string of other characters', spoilt('bad-mask', (release) => sized(release, '~~~'))],
  ['runs of another size', spoilt('size-mismatch', ({ form }) => form.runs({ size: [4, 4], counts: [3, 5, 8] }))],
  [
    'runs without a pixel',
    spoilt('empty-mask', (release) => sized(release, [imageOf(release).height * imageOf(release).width])),
  ],
  [
    'two annotations of one id',
    (release) => {
      const { annotation } = victim(release);
      release.annotations.push({ ...annotation });
      return [`duplicate-id ${release.form.instances}: annotation ${annotation.id} error`];
    },
  ],
  [
    'two images of one id',
    (release) => {
      release.images.push({ ...imageOf(release) });
      return [`duplicate-id ${release.form.instances}: image ${imageOf(release).id} error`];
    },
  ],
  [
    'two categories of one id',
    ({ form, categories }) => {
      categories.push({ ...categories[1], name: 'another' });
      return [`duplicate-id ${form.instances}: category ${categories[1].id} error`];
    },
  ],
  [
    'an unknown category of an annotation',
    (release) => {
      const { annotation } = victim(release);
      annotation.category_id = 70;
      return [`unknown-category ${release.form.instances}: annotation ${annotation.id} error`];
    },
  ],
];

/** Faults of references, in every form that has them. */
const referenceFaults: [string, (release: Planted) => string[]][] = [
  [
    'a ref to a missing annotation',
    (release) => {
      const { annotation, ref } = victim(release);
      ref.set('ann_id', release.form.targets(99_999));
      const file = release.form.references;
      return [`missing-annotation ${file}: ref ${ref.get('ref_id')} error`, ...leftAlone(release, annotation.id)];
    },
  ],
  [
    'a ref to an annotation of another image',
    (release) => {
      const { annotation, ref } = victim(release);
      const other = release.annotations.find(({ image_id }) => image_id !== annotation.image_id);
      ref.set('ann_id', release.form.targets(other?.id ?? 0));
      const file = release.form.references;
      return [`missing-annotation ${file}: ref ${ref.get('ref_id')} error`, ...leftAlone(release, annotation.id)];
    },
  ],
  [
    'a ref to a missing image',
    (release) => {
      const { annotation, ref } = victim(release);
      ref.set('image_id', 99_999);
      const alone = leftAlone({ ...release, refs: release.refs.filter((other) => other !== ref) }, annotation.id);
      return [`missing-image-record ${release.form.references}: ref ${ref.get('ref_id')} error`, ...alone];
    },
  ],
  [
    'two refs of one id',
    (release) => {
      const { ref } = victim(release);
      release.refs.push(new Map(ref));
      return [`duplicate-id ${release.form.references}: ref ${ref.get('ref_id')} error`];
    },
  ],
  [
    'an empty sentence',
    (release) => {
      const { ref } = victim(release);
      ref.set('sentences', [{ raw: ' \t', sent: '', sent_id: 1, tokens: [] }]);
      return [`empty-sentence ${release.form.references}: ref ${ref.get('ref_id')} error`];
    },
  ],
  [
    'a ref without sentences',
    (release) => {
      const { ref, annotation } = victim(release);
      ref.set('sentences', []);
      const alone = leftAlone({ ...release, refs: release.refs.filter((other) => other !== ref) }, annotation.id);
      return [`empty-sentence ${release.form.references}: ref ${ref.get('ref_id')} error`, ...alone];
    },
  ],
  [
    'no segmentation under a sentence',
    (release) => {
      const { annotation } = victim(release);
      annotation.segmentation = [];
      return [`empty-polygon ${release.form.instances}: annotation ${annotation.id} error`];
    },
  ],
  [
    'an unknown category of a ref',
    (release) => {
      const { ref } = victim(release);
      ref.set('category_id', release.form.targets(71));
      return [`unknown-category ${release.form.references}: ref ${ref.get('ref_id')} error`];
    },
  ],
  [
    'one image, and its sentence, in two splits',
    (release) => {
      const { ref, annotation } = victim(release);
      const [sentence] = ref.get('sentences') as Picklable[];
      release.refs.push(new Map(ref).set('ref_id', 777).set('split', 'elsewhere').set('sentences', [sentence]));
      const file = release.form.references;
      return [
        `image-leak ${file}: image ${annotation.image_id} error`,
        `sentence-leak ${file}: sample ${ref.get('ref_id')} error`,
      ];
    },
  ],
  [
    'one image in two splits, with sentences of their own',
    (release) => {
      const { ref, annotation } = victim(release);
      const sentences = [{ raw: 'that boat', sent: 'that boat', sent_id: 888, tokens: ['that', 'boat'] }];
      release.refs.push(new Map(ref).set('ref_id', 777).set('split', 'elsewhere').set('sentences', sentences));
      return [`image-leak ${release.form.references}: image ${annotation.image_id} error`];
    },
  ],
  [
    'one image file in two splits under two ids',
    (release) => {
      const { ref, annotation } = victim(release);
      const image = imageOf(release);
      const sentences = [{ raw: 'that boat', sent: 'that boat', sent_id: 888, tokens: ['that', 'boat'] }];
      release.images.push({ ...image, id: 90_002 });
      release.annotations.push({ ...annotation, id: 90_003, image_id: 90_002 });
      release.refs.push(
        new Map(ref)
          .set('ref_id', 777)
          .set('image_id', 90_002)
          .set('ann_id', release.form.targets(90_003))
          .set('split', 'elsewhere')
          .set('sentences', sentences),
      );
      return [`image-leak ${release.form.references}: image ${image.id} error`];
    },
  ],
];

const isSmaller = async (path: string): Promise<number> => Math.floor((await stat(path)).size / 2);

/** Faults of picture files: what to do to one of some size. */
const pictureFaults: [string, string, (path: string, width: number, height: number) => Promise<unknown>][] = [
  ['a missing image', 'image-missing', (path) => rm(path)],
  ['an image cut off', 'image-unreadable', async (path) => truncate(path, await isSmaller(path))],
  ['an empty image file', 'image-unreadable', (path) => writeFile(path, '')],
  ['a web page instead of an image', 'image-unreadable', (path) => writeFile(path, '<html>404 not found</html>')],
  [
    'an image of another size',
    'size-mismatch',
    (path, width, height) =>
      sharp({ create: { width: width + 8, height: height - 8, channels: 3, background: 'red' } }).toFile(path),
  ],
];

describe.each(forms.map((form) => [form.name, form] as const))('validate on %s', (_, form) => {
  beforeEach(() => form.prepare());

  it('finds nothing in a sound release', async () => {
    expect(await problemsFound()).toEqual([]);
  });

  it.each(pictureFaults)('finds %s, and nothing else', async (_, kind, plant) => {
    const { file_name, id, width, height } = await change(form, imageOf);
    await plant(join(folder, form.pictures, file_name), width, height);
    expect(await problemsFound()).toEqual([`${kind} ${form.pictures}/${file_name}: image ${id} error`]);
  });

  it.each(annotationFaults)('finds %s, and nothing else', async (_, plant) => {
    expect(await change(form, plant).then((expected) => expected.sort())).toEqual(await problemsFound());
  });

  if (form.references === undefined) {
    it('takes an annotation with a box only, since no sentence needs its mask', async () => {
      await change(form, (release) => {
        victim(release).annotation.segmentation = [];
      });
      expect(await problemsFound()).toEqual([]);
    });
    return;
  }
  it.each(referenceFaults)('finds %s, and nothing else', async (_, plant) => {
    expect(await change(form, plant).then((expected) => expected.sort())).toEqual(await problemsFound());
  });
});

describe('validate on grefcoco', () => {
  const form = forms.find(({ name }) => name === 'grefcoco') as Form;
  beforeEach(() => form.prepare());

  it('finds an expression marked to mean nothing that lists a thing with a mask', async () => {
    const id = await change(form, (release) => victim(release).ref.set('no_target', true).get('ref_id'));
    expect(await problemsFound()).toEqual([`non-object-with-mask ${form.references}: ref ${id} error`]);
  });

  it('finds a missing annotation among several', async () => {
    const id = await change(form, ({ refs }) => {
      const several = refs.find((ref) => (ref.get('ann_id') as number[]).length > 2) as Ref;
      several.set('ann_id', [...(several.get('ann_id') as number[]), 99_999]);
      return several.get('ref_id');
    });
    expect(await problemsFound()).toEqual([`missing-annotation ${form.references}: ref ${id} error`]);
  });
});

describe('validate on rrsis-d', () => {
  it('finds a target that no ref names', async () => {
    await forms[0].prepare();
    await change(forms[0], ({ annotations }) => annotations.push({ ...annotations[3], id: 90_001 }));
    expect(await problemsFound()).toEqual([`target-without-ref ${forms[0].instances}: annotation 90001 warning`]);
  });
});

const phraseForms = [
  { name: 'refsegrs', pictures: 'images', masks: 'masks', type: 'tif' },
  { name: 'risbench', pictures: 'img_rgb', masks: 'mask', type: 'png' },
] as const;

describe.each(phraseForms)('validate on $name', ({ name, pictures, masks, type }) => {
  beforeEach(fixture(name));
  const picture = `${pictures}/4.${type}`;
  const mask = `${masks}/4.${type}`;
  const addLine = async (split: string, line: string): Promise<void> => {
    const path = join(folder, `output_phrase_${split}.txt`);
    await writeFile(path, `${(await readFile(path, 'utf8')).trimEnd()}\n${line}\n`);
  };
  const size = async (path: string): Promise<[number, number]> => {
    const { width, height } = await sharp(join(folder, path)).metadata();
    return [width, height];
  };
  const writeMask = async (path: string, width: number, height: number, grey: number): Promise<void> => {
    await sharp(new Uint8Array(width * height).fill(grey), { raw: { width, height, channels: 1 } }).toFile(
      join(folder, path),
    );
  };

  it('finds nothing in a sound release', async () => {
    expect(await problemsFound()).toEqual([]);
  });

  it.each(pictureFaults)('finds %s, and nothing else', async (_, kind, plant) => {
    const [width, height] = await size(picture);
    await plant(join(folder, picture), width, height);
    // The mask stands in for a size that the annotations do not state.
    const record = kind === 'size-mismatch' ? mask : picture;
    const found = await problemsFound();
    expect(found).toEqual([`${kind} ${record}: ${kind === 'size-mismatch' ? 'sample val-2' : 'image 4'} error`]);
  });

  it.each<[string, () => Promise<unknown>, string[]]>([
    ['a missing mask', () => rm(join(folder, mask)), [`bad-mask ${mask}: sample val-2 error`]],
    [
      'a mask cut off',
      async () => truncate(join(folder, mask), await isSmaller(join(folder, mask))),
      [`bad-mask ${mask}: sample val-2 error`],
    ],
    [
      'a mask of another size',
      async () => {
        const [width, height] = await size(mask);
        await writeMask(mask, width - 4, height, 255);
      },
      [`size-mismatch ${mask}: sample val-2 error`],
    ],
    [
      'a mask without a pixel',
      async () => writeMask(mask, ...(await size(mask)), 0),
      [`empty-mask ${mask}: sample val-2 warning`],
    ],
    [
      'a line about a picture and a mask that are not there',
      () => addLine('val', '77 the ship'),
      [`bad-mask ${masks}/77.${type}: sample val-4 error`, `image-missing ${pictures}/77.${type}: image 77 error`],
    ],
    ['a line without a phrase', () => addLine('val', '4'), ['empty-sentence output_phrase_val.txt: line 4 error']],
    [
      'an image, and its phrase, in two splits',
      () => addLine('val', '0 the building that is number 0'),
      [
        'image-leak output_phrase_train.txt: image 0 error',
        'sentence-leak output_phrase_train.txt: sample train-1 error',
      ],
    ],
    [
      'an image in two splits, with phrases of their own',
      () => addLine('val', '0 the other building'),
      ['image-leak output_phrase_train.txt: image 0 error'],
    ],
    [
      'a mask that no line names',
      () => cp(join(folder, mask), join(folder, `${masks}/78.${type}`)),
      [`target-without-ref ${masks}/78.${type}: mask 78 warning`],
    ],
  ])('finds %s, and nothing else', async (_, plant, expected) => {
    await plant();
    expect(await problemsFound()).toEqual(expected);
  });

  it('takes several phrases about one picture in one split', async () => {
    await addLine('val', '4 another phrase');
    expect(await problemsFound()).toEqual([]);
  });
});

describe('validate on aerial-d', () => {
  beforeEach(fixture('aerial-d'));
  const patch = 'train/annotations/P0002_patch_000000.xml';
  const picture = 'train/images/P0002_patch_000000.png';
  const edit = async (file: string, from: string | RegExp, to: string): Promise<void> => {
    const text = await readFile(join(folder, file), 'utf8');
    expect(text).toMatch(from);
    await writeFile(join(folder, file), text.replace(from, to));
  };
  const group = /(<group><id>(\d+).*?<segmentation>)[^<]*/;

  it('finds nothing in a sound release', async () => {
    expect(await problemsFound()).toEqual([]);
  });

  it.each(pictureFaults)('finds %s, and nothing else', async (_, kind, plant) => {
    await plant(join(folder, picture), 120, 120);
    expect(await problemsFound()).toEqual([`${kind} ${picture}: image 2 error`]);
  });

  const second = `${patch}: object 1`;
  it.each<[string, () => Promise<unknown>, string[]]>([
    [
      'runs that do not sum to the size',
      () => edit(patch, /'counts': 'PU26[^']*'/, "'counts': '12'"),
      [`rle-sum ${second} error`],
    ],
    [
      'plain counts that do not sum to the size',
      () => edit(patch, /'counts': 'PU26[^']*'/, "'counts': [1, 2, 3]"),
      [`rle-sum ${second} error`],
    ],
    [
      'runs of another size',
      () => edit(patch, /'size': \[120, 120\], 'counts': 'PU26[^']*'/, "'size': [4, 4], 'counts': '358'"),
      [`size-mismatch ${second} error`],
    ],
    [
      'runs without a pixel',
      () =>
        edit(patch, /'counts': 'PU26[^']*'/, `'counts': '${rleToString(encodeRle(new Uint8Array(14_400), 120, 120))}'`),
      [`empty-mask ${second} error`],
    ],
    [
      'a segmentation that is no mask',
      () => edit(patch, /\{'size': \[120, 120\], 'counts': 'PU26[^']*'\}/, '[1, 2, 3]'),
      [`bad-mask ${second} error`],
    ],
    ['two objects of one id', () => edit(patch, '<id>1</id>', '<id>0</id>'), [`duplicate-id ${patch}: object 0 error`]],
    [
      'an expression without words',
      () => edit(patch, 'the storage tank &amp; friend 1', ' '),
      [`empty-sentence ${patch}: object 1 error`],
    ],
    [
      'runs of a group that do not sum to the size',
      () => edit(patch, group, "$1{'size': [120, 120], 'counts': '12'}"),
      [`rle-sum ${patch}: group 1000000 error`],
    ],
    [
      'an image, and its sentences, in two splits',
      async () => {
        await cp(join(folder, picture), join(folder, 'val/images/P0002_patch_000000.png'));
        await cp(join(folder, patch), join(folder, 'val/annotations/P0002_patch_000000.xml'));
        const words = /(<expression id[^>]*>)([^<]*)/g;
        const text = await readFile(join(folder, patch), 'utf8');
        let kept = 0;
        const other = text.replace(words, (_, tag, said) => `${tag}${kept++ === 0 ? said : `${said} too`}`);
        await writeFile(join(folder, 'val/annotations/P0002_patch_000000.xml'), other);
      },
      [`image-leak ${patch}: image 2 error`, `sentence-leak ${patch}: sample train/P0002_patch_000000/0.0 error`],
    ],
  ])('finds %s, and nothing else', async (_, plant, expected) => {
    await plant();
    expect(await problemsFound()).toEqual(expected);
  });

  it('takes two pictures of one name in two splits for two where their pixels differ', async () => {
    await cp(join(folder, 'train/images/P0004_patch_000000.png'), join(folder, 'val/images/P0002_patch_000000.png'));
    await cp(
      join(folder, 'train/annotations/P0004_patch_000000.xml'),
      join(folder, 'val/annotations/P0002_patch_000000.xml'),
    );
    await edit('val/annotations/P0002_patch_000000.xml', 'P0004', 'P0002');
    expect(await problemsFound()).toEqual([]);
  });
});
