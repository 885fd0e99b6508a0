import { UserError } from '../errors/index.js';
import { bert } from './nameMaps/bert.js';
import { lavt } from './nameMaps/lavt.js';
import type { Destination, NameMap } from './nameMaps/nameMap.js';
import { huggingFaceSwin, microsoftSwin, swinNames, timmSwin, torchvisionSwin } from './nameMaps/swin.js';
import { windowOfTable } from './relativePositionTable.js';
import type { WeightSource } from './weightSource.js';

/** What a file of weights is read as. */
export type ImportKind = 'swin' | 'swin-v2' | 'bert' | 'lavt' | 'rmsin';

/** How one parameter of the model is made of the file's tensors. */
export interface ImportAssignment {
  readonly target: string;
  /** The file's tensors; several are joined along the first axis. */
  readonly from: readonly string[];
  /** Of the one tensor only this third along the first axis is taken. */
  readonly third?: 0 | 1 | 2;
  /** The shape that the file gives, joined or split. */
  readonly fromShape: readonly number[];
  /** The model's shape. */
  readonly shape: readonly number[];
  /** `window`: the position table is resized; `rows`: only the first rows are taken. */
  readonly resize?: 'window' | 'rows';
}

/** What an import would do. */
export interface ImportPlan {
  readonly as: ImportKind;
  /** The published form that the file has, for people. */
  readonly format: string;
  /** Every parameter that the file gives, in the model's order. */
  readonly assignments: readonly ImportAssignment[];
  /** Those of them that are resized. */
  readonly resized: readonly ImportAssignment[];
  /** Parameters of the imported part that the file does not give: they stay as they are. */
  readonly missing: readonly string[];
  /** The file's tensors that the model has no place for. */
  readonly leftover: readonly string[];
}

/** Buffers that files carry although they follow from the settings, and counters. */
const derived = /(^|\.)(relative_position_index|relative_coords_table|attn_mask|position_ids|num_batches_tracked)$/;

interface Form {
  readonly maps: readonly NameMap[];
  /** A parameter that every model of this kind has: what stands before it is the model's prefix. */
  readonly targetAnchor: string;
  readonly what: string;
  /** Names of its parameters behind that prefix, where a model puts others under it; all of them when left out. */
  readonly own?: RegExp;
}

const forms: Record<ImportKind, Form> = {
  swin: {
    maps: [timmSwin, microsoftSwin, torchvisionSwin(1), huggingFaceSwin(1)],
    targetAnchor: 'patch_embed.proj.weight',
    what: 'Swin',
    own: swinNames,
  },
  'swin-v2': {
    maps: [timmSwin, microsoftSwin, torchvisionSwin(2), huggingFaceSwin(2)],
    targetAnchor: 'patch_embed.proj.weight',
    what: 'Swin v2',
    own: swinNames,
  },
  bert: { maps: [bert], targetAnchor: 'embeddings.word_embeddings.weight', what: 'BERT' },
  lavt: { maps: [lavt], targetAnchor: 'backbone.patch_embed.proj.weight', what: 'LAVT' },
  rmsin: { maps: [lavt], targetAnchor: 'backbone.patch_embed.proj.weight', what: 'RMSIN' },
};

/** What stands before a name among others: the shortest prefix that ends in a dot; undefined when the name is missing. */
function prefixBefore(anchor: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  for (const name of names) {
    if (name !== anchor && !name.endsWith(`.${anchor}`)) continue;
    const prefix = name.slice(0, -anchor.length);
    if (best === undefined || prefix.length < best.length) best = prefix;
  }
  return best;
}

const some = (names: readonly string[]): string => `${names.slice(0, 4).join(', ')}${names.length > 4 ? ', ...' : ''}`;

function findForm(source: WeightSource, as: ImportKind): { map: NameMap; prefix: string } {
  const { maps, what } = forms[as];
  for (const map of maps) {
    const prefix = prefixBefore(map.anchor, source.names);
    if (prefix === undefined) continue;
    const names = new Set(
      source.names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
    );
    if (map.recognises && !map.recognises(names)) continue;
    if (/roberta\.$/.test(prefix))
      throw new UserError(`${source.source}: a RoBERTa, which counts positions differently from BERT: not supported`);
    const isVersion2 = [...names].some((name) => name.endsWith('.logit_scale'));
    if (as === 'swin' && isVersion2) throw new UserError(`${source.source}: a Swin v2; import it as swin-v2`);
    if (as === 'swin-v2' && !isVersion2) throw new UserError(`${source.source}: a Swin v1; import it as swin`);
    return { map, prefix };
  }
  throw new UserError(
    `${source.source}: no ${what} in it: none of ${[...new Set(maps.map(({ anchor }) => anchor))].join(', ')} among its ${source.names.length} tensors (${some(source.names)})`,
  );
}

interface Part extends Destination {
  readonly name: string;
}

const sizesOf = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** How a table that differs in its rows alone can still be taken; undefined where it cannot. */
function resizeOf(
  target: string,
  from: readonly number[],
  shape: readonly number[],
): ImportAssignment['resize'] | undefined {
  if (from.length !== shape.length || !equal(from.slice(1), shape.slice(1))) return undefined;
  if (target.endsWith('relative_position_bias_table') && windowOfTable(from[0]) && windowOfTable(shape[0]))
    return 'window';
  if (target.endsWith('embeddings.position_embeddings.weight') && from[0] > shape[0]) return 'rows';
  return undefined;
}

/**
 * The file's tensors under this project's names with the shapes that they have there, without the file's prefix: what
 * a model must look like to take them. Thirds that make one parameter are joined.
 * @throws UserError when the file holds no such network
 */
export function shapesUnderOurNames(
  source: WeightSource,
  as: ImportKind,
): { format: string; prefix: string; shapes: Map<string, readonly number[]> } {
  const { map, prefix } = findForm(source, as);
  const shapes = new Map<string, readonly number[]>();
  for (const name of source.names) {
    if (!name.startsWith(prefix)) continue;
    for (const { target, slot, third } of map.destinations(name.slice(prefix.length))) {
      const [rows = 1, ...rest] = source.shape(name);
      const whole = slot !== undefined ? [3 * rows, ...rest] : third !== undefined ? [rows / 3, ...rest] : undefined;
      shapes.set(target, whole ?? source.shape(name));
    }
  }
  return { format: map.format, prefix, shapes };
}

/**
 * Plans the import of published weights into a model: which tensor becomes which parameter. Nothing but names and
 * shapes is read; `readAssignment` then reads each.
 * @param source the file, opened by `openWeights`
 * @param targetShapes the model's parameters: name to shape. A Swin or BERT may be part of a larger model, under a
 * prefix (`backbone.`, `text_encoder.`)
 * @param as what the file is read as
 * @throws UserError when the file or the model holds no such network, or shapes do not fit (naming tensor and shapes)
 */
export function planImport(
  source: WeightSource,
  targetShapes: ReadonlyMap<string, readonly number[]>,
  as: ImportKind,
): ImportPlan {
  const { map, prefix } = findForm(source, as);
  const { targetAnchor, what, own } = forms[as];
  const targetPrefix = prefixBefore(targetAnchor, targetShapes.keys());
  if (targetPrefix === undefined)
    throw new UserError(`the model has no ${what} to import into: it has no ${targetAnchor}`);

  const parts = new Map<string, Part[]>();
  const leftover: string[] = [];
  for (const name of source.names) {
    const bare = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    const wanted = map
      .destinations(bare)
      .map((destination) => ({ ...destination, target: targetPrefix + destination.target, name }))
      .filter(({ target }) => targetShapes.has(target));
    if (wanted.length === 0 && !derived.test(name)) leftover.push(name);
    for (const part of wanted) parts.set(part.target, [...(parts.get(part.target) ?? []), part]);
  }

  const assignments: ImportAssignment[] = [];
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const [target, shape] of targetShapes) {
    const given = parts.get(target);
    if (!given) {
      const isOwn = target.startsWith(targetPrefix) && (own?.test(target.slice(targetPrefix.length)) ?? true);
      if (isOwn && !derived.test(target)) missing.push(target);
      continue;
    }
    const joined = given[0].slot !== undefined;
    const ordered = joined ? [0, 1, 2].map((slot) => given.find((part) => part.slot === slot)) : [given[0]];
    if (given.length !== ordered.length || ordered.includes(undefined)) {
      wrong.push(`${target}: made of ${given.map(({ name }) => name).join(', ')}, expected ${ordered.length} tensors`);
      continue;
    }
    const used = ordered as Part[];
    const from = used.map(({ name }) => name);
    const shapes = from.map((name) => source.shape(name));
    const [rows = 1, ...rest] = shapes[0];
    let fromShape: readonly number[] = shapes[0];
    if (joined) fromShape = [shapes.reduce((sum, [count]) => sum + count, 0), ...rest];
    else if (used[0].third !== undefined) fromShape = [rows / 3, ...rest];
    const assignment = {
      target,
      from,
      fromShape,
      shape,
      ...(used[0].third === undefined ? {} : { third: used[0].third }),
    };
    if (equal(fromShape, shape)) {
      assignments.push(assignment);
      continue;
    }
    const resize = joined ? undefined : resizeOf(target, fromShape, shape);
    if (resize) assignments.push({ ...assignment, resize });
    else wrong.push(`${target}: the model has ${sizesOf(shape)}, the file ${sizesOf(fromShape)} (${from.join(' + ')})`);
  }
  if (wrong.length > 0)
    throw new UserError(
      `${source.source}: ${wrong.length} ${wrong.length === 1 ? 'tensor does' : 'tensors do'} not fit the model; choose the model's size to match the file:\n  ${wrong.slice(0, 8).join('\n  ')}${wrong.length > 8 ? '\n  ...' : ''}`,
    );
  return {
    as,
    format: map.format,
    assignments,
    resized: assignments.filter(({ resize }) => resize !== undefined),
    missing,
    leftover,
  };
}
