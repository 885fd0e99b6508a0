import { UserError } from '../errors/index.js';
import { type ModelConfig, stageWindow } from '../models/index.js';
import { type ImportKind, shapesUnderOurNames } from './planImport.js';
import type { PublishedSettings } from './publishedSettings.js';
import { windowOfTable } from './relativePositionTable.js';
import type { WeightSource } from './weightSource.js';

type Shapes = ReadonlyMap<string, readonly number[]>;
type SwinTrunk = Extract<ModelConfig['trunk'], { kind: 'swin' | 'swin-v2' }>;

/** What a file of weights says about the model that takes it. */
export interface ImportSizes {
  readonly format: string;
  readonly trunk?: SwinTrunk;
  readonly text?: ModelConfig['text'];
  readonly imageSizePx?: number;
  readonly decoderWidth?: number;
  readonly pixels: ModelConfig['pixels'];
  /** Settings that were assumed because neither shapes nor settings tell: `text.heads` and what was taken. */
  readonly assumptions: ReadonlyMap<string, string>;
}

/** Window of torchvision's and SatlasPretrain's Swin v2. */
const usualWindowV2 = 8;
/** What a BERT's LayerNorms add to the variance, unless `config.json` says otherwise. */
const usualEps = 1e-12;
/** Width of a head in every size of BERT by its authors. */
const usualHeadWidth = 64;

/** Largest number behind a prefix plus one: how many layers there are. */
function countUnder(shapes: Shapes, prefix: string): number {
  let most = 0;
  for (const name of shapes.keys()) {
    if (!name.startsWith(prefix)) continue;
    const index = Number.parseInt(name.slice(prefix.length), 10);
    if (Number.isInteger(index)) most = Math.max(most, index + 1);
  }
  return most;
}

/** The shape of a tensor that the network has, with so many axes. */
function need(shapes: Shapes, name: string, source: string, axes: number): readonly number[] {
  const shape = shapes.get(name);
  if (!shape) throw new UserError(`${source}: incomplete: it lacks ${name}`);
  if (shape.length !== axes || shape.includes(0)) {
    const expected = axes === 2 ? 'a matrix' : `${axes} axes`;
    throw new UserError(
      `${source}: ${name} has the shape [${shape.join(', ')}], expected ${expected} with values: the file is broken, or holds another kind of network`,
    );
  }
  return shape;
}

/** One number where all stages have the same. */
const simplest = (ofStages: readonly number[]): number | number[] =>
  ofStages.every((size) => size === ofStages[0]) ? ofStages[0] : [...ofStages];

/** Of each stage the window whose scale a Swin v2's positions have. */
const positionScales = (trunk: Extract<SwinTrunk, { kind: 'swin-v2' }>): number[] =>
  trunk.depths.map((_, stage) => stageWindow(trunk, stage).pretrainedWindow);

/**
 * The `pretrainedWindow` under which a Swin v2 of changed windows keeps the scale that its file's positions have; null
 * where it does.
 * @param trunk of the file
 * @param changed the same with the caller's settings over it
 * @param assumptions what the file does not tell of itself: there the caller's settings are about the file
 */
export function keptPositionScale(
  trunk: ModelConfig['trunk'],
  changed: ModelConfig['trunk'],
  assumptions: ReadonlyMap<string, string>,
): number | number[] | null {
  if (trunk.kind !== 'swin-v2' || changed.kind !== 'swin-v2') return null;
  const scales = positionScales({
    ...trunk,
    ...(assumptions.has('trunk.window') ? { window: changed.window } : {}),
    ...(assumptions.has('trunk.madeForPx') ? { madeForPx: changed.madeForPx } : {}),
  });
  return positionScales(changed).join() === scales.join() ? null : simplest(scales);
}

function swinSizes(
  source: WeightSource,
  all: Shapes,
  prefix: string,
  published: PublishedSettings,
  assumptions: Map<string, string>,
  format: string,
): SwinTrunk {
  const at = (name: string, axes = 2): readonly number[] => need(all, prefix + name, source.source, axes);
  const [width, , patch] = at('patch_embed.proj.weight', 4);
  if (patch !== 4) throw new UserError(`${source.source}: patches of ${patch} px; the models here have patches of 4`);
  const stages = countUnder(all, `${prefix}layers.`);
  if (stages !== 4) throw new UserError(`${source.source}: a Swin of ${stages} stages; the models here have 4`);
  const first = `${prefix}layers.0.blocks.0.`;
  const isVersion2 = all.has(`${first}attn.logit_scale`);
  const perStage = <Result>(read: (stage: number) => Result): Result[] => [0, 1, 2, 3].map(read);
  const depths = perStage((stage) => countUnder(all, `${prefix}layers.${stage}.blocks.`));
  const table = (stage: number): readonly number[] => {
    const attention = `layers.${stage}.blocks.0.attn.`;
    return isVersion2 ? at(`${attention}logit_scale`, 3) : at(`${attention}relative_position_bias_table`);
  };
  const heads = perStage((stage) => table(stage)[isVersion2 ? 0 : 1]);
  let window = isVersion2 ? published.window_size : windowOfTable(table(0)[0]);
  if (window === undefined) {
    window = usualWindowV2;
    assumptions.set('trunk.window', `window ${window}, which the weights of a Swin v2 do not tell`);
  }
  const [hidden, into] = at('layers.0.blocks.0.mlp.fc1.weight');
  const sizes = {
    width,
    depths,
    heads,
    window,
    mlpRatio: hidden / into,
    dropPath: 0.2,
    unshiftedInOneWindow: /torchvision|Hugging Face/.test(format),
  };
  if (!isVersion2) return { kind: 'swin', ...sizes };
  const { image_size: madeForPx, pretrained_window_sizes: trained } = published;
  // torchvision alone gives all stages one window and looks at the map.
  const isSettled = !format.startsWith('torchvision');
  if (isSettled && madeForPx === undefined)
    assumptions.set('trunk.madeForPx', 'one window in all stages, since nothing tells the size that it was made for');
  const trunk: SwinTrunk = {
    kind: 'swin-v2',
    ...sizes,
    ...(isSettled && madeForPx !== undefined ? { madeForPx } : {}),
  };
  const own = positionScales(trunk);
  const scales = own.map((size, stage) => trained?.[stage] || size);
  return scales.join() === own.join() ? trunk : { ...trunk, pretrainedWindow: simplest(scales) };
}

function bertSizes(
  source: WeightSource,
  all: Shapes,
  prefix: string,
  published: PublishedSettings,
  assumptions: Map<string, string>,
): ModelConfig['text'] {
  const at = (name: string): readonly number[] => need(all, prefix + name, source.source, 2);
  const [vocabularySize, width] = at('embeddings.word_embeddings.weight');
  const { layer_norm_eps: eps } = published;
  let heads = published.num_attention_heads;
  if (heads === undefined) {
    heads = Math.max(1, Math.floor(width / usualHeadWidth));
    assumptions.set('text.heads', `${heads} heads in the text encoder, which its weights do not tell`);
  }
  return {
    vocabularySize,
    width,
    layers: countUnder(all, `${prefix}encoder.layer.`),
    heads,
    hiddenWidth: at('encoder.layer.0.intermediate.dense.weight')[0],
    maxPositions: at('embeddings.position_embeddings.weight')[0],
    dropout: 0.1,
    ...(eps === undefined || eps === usualEps ? {} : { layerNormEps: eps }),
  };
}

/**
 * Reads from the shapes of published weights how large a model must be to take them.
 * @param published what Hugging Face's `config.json` beside the file or the file's buffers say
 * @throws UserError when the file holds no such network, or one that no model here can have
 */
export function sizesOfWeights(source: WeightSource, as: ImportKind, published: PublishedSettings = {}): ImportSizes {
  const { format, prefix, shapes } = shapesUnderOurNames(source, as);
  const assumptions = new Map<string, string>();
  if (as === 'bert') {
    const text = bertSizes(source, shapes, '', published, assumptions);
    return { format, text, pixels: 'imagenet', assumptions };
  }
  if (as === 'swin' || as === 'swin-v2') {
    const trunk = swinSizes(source, shapes, '', published, assumptions, format);
    // SatlasPretrain wraps torchvision's network twice, and was trained on RGB divided by 255.
    const isSatlas = prefix.endsWith('backbone.backbone.');
    const pixels = isSatlas ? 'unit' : 'imagenet';
    return { format, trunk, pixels, assumptions };
  }
  const trunk = swinSizes(source, shapes, 'backbone.', {}, assumptions, format);
  const hasText = shapes.has('text_encoder.embeddings.word_embeddings.weight');
  const text = hasText ? bertSizes(source, shapes, 'text_encoder.', published, assumptions) : undefined;
  const [decoderWidth] = need(shapes, 'classifier.conv1_4.weight', source.source, 4);
  // RMSIN's attention across scales is built for one size: its projection gives S^2 places of 32 px.
  const projection = shapes.get('backbone.cim.block.0.csa1.m.attention.proj.weight');
  const side = projection ? Math.round(Math.sqrt(projection[0])) : undefined;
  return {
    format,
    trunk: { ...trunk, dropPath: 0.3 },
    text,
    decoderWidth,
    imageSizePx: side === undefined ? undefined : 32 * side,
    pixels: 'imagenet',
    assumptions,
  };
}
