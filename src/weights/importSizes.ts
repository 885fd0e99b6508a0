import { UserError } from '../errors/index.js';
import type { ModelConfig } from '../models/index.js';
import { type ImportKind, shapesUnderOurNames } from './planImport.js';
import { windowOfTable } from './relativePositionTable.js';
import type { WeightSource } from './weightSource.js';

type Shapes = ReadonlyMap<string, readonly number[]>;
type SwinTrunk = Extract<ModelConfig['trunk'], { kind: 'swin' | 'swin-v2' }>;

/** The settings in Hugging Face's `config.json` that shapes do not tell. */
export interface PublishedSettings {
  readonly num_attention_heads?: number;
  readonly window_size?: number;
}

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

function need(shapes: Shapes, name: string, source: string): readonly number[] {
  const shape = shapes.get(name);
  if (!shape) throw new UserError(`${source}: incomplete: it lacks ${name}`);
  return shape;
}

/** The window of a v2, from a buffer that some files carry: w^4 pair indices, or a table of (2w - 1)^2 offsets. */
function windowOfBuffers(source: WeightSource): number | undefined {
  for (const name of source.names) {
    const count = source.shape(name).reduce((product, size) => product * size, 1);
    if (name.endsWith('relative_position_index')) return Math.round(count ** 0.25);
    if (name.endsWith('relative_coords_table')) return (Math.round(Math.sqrt(count / 2)) + 1) / 2;
  }
  return undefined;
}

function swinSizes(
  source: WeightSource,
  all: Shapes,
  prefix: string,
  published: PublishedSettings,
  assumptions: Map<string, string>,
): SwinTrunk {
  const at = (name: string): readonly number[] => need(all, prefix + name, source.source);
  const [width, , patch] = at('patch_embed.proj.weight');
  if (patch !== 4) throw new UserError(`${source.source}: patches of ${patch} px; the models here have patches of 4`);
  const stages = countUnder(all, `${prefix}layers.`);
  if (stages !== 4) throw new UserError(`${source.source}: a Swin of ${stages} stages; the models here have 4`);
  const first = `${prefix}layers.0.blocks.0.`;
  const isVersion2 = all.has(`${first}attn.logit_scale`);
  const perStage = <Result>(read: (stage: number) => Result): Result[] => [0, 1, 2, 3].map(read);
  const depths = perStage((stage) => countUnder(all, `${prefix}layers.${stage}.blocks.`));
  const table = (stage: number): readonly number[] =>
    at(`layers.${stage}.blocks.0.attn.${isVersion2 ? 'logit_scale' : 'relative_position_bias_table'}`);
  const heads = perStage((stage) => table(stage)[isVersion2 ? 0 : 1]);
  let window = isVersion2 ? (windowOfBuffers(source) ?? published.window_size) : windowOfTable(table(0)[0]);
  if (window === undefined) {
    window = usualWindowV2;
    assumptions.set('trunk.window', `window ${window}, which the weights of a Swin v2 do not tell`);
  }
  const [hidden, into] = at('layers.0.blocks.0.mlp.fc1.weight');
  return {
    kind: isVersion2 ? 'swin-v2' : 'swin',
    width,
    depths,
    heads,
    window,
    mlpRatio: hidden / into,
    dropPath: 0.2,
    unshiftedInOneWindow: false,
  };
}

function bertSizes(
  source: WeightSource,
  all: Shapes,
  prefix: string,
  published: PublishedSettings,
  assumptions: Map<string, string>,
): ModelConfig['text'] {
  const at = (name: string): readonly number[] => need(all, prefix + name, source.source);
  const [vocabularySize, width] = at('embeddings.word_embeddings.weight');
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
  };
}

/**
 * Reads from the shapes of published weights how large a model must be to take them.
 * @param published Hugging Face's `config.json` beside the file, where there is one
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
    const isMicrosoft = /Microsoft|timm/.test(format);
    const trunk = swinSizes(source, shapes, '', published, assumptions);
    // SatlasPretrain wraps torchvision's network twice, and was trained on RGB divided by 255.
    const isSatlas = prefix.endsWith('backbone.backbone.');
    const pixels = isSatlas ? 'unit' : 'imagenet';
    return { format, trunk: { ...trunk, unshiftedInOneWindow: !isMicrosoft }, pixels, assumptions };
  }
  const trunk = swinSizes(source, shapes, 'backbone.', {}, assumptions);
  const hasText = shapes.has('text_encoder.embeddings.word_embeddings.weight');
  const text = hasText ? bertSizes(source, shapes, 'text_encoder.', published, assumptions) : undefined;
  const [decoderWidth] = need(shapes, 'classifier.conv1_4.weight', source.source);
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
