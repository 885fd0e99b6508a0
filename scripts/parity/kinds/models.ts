import { z } from 'zod';
import {
  addAll,
  constant,
  crossEntropy,
  diceLoss,
  type HostTensor,
  integerTensor,
  mul,
  permute,
  reshape,
  type Scope,
  type Value,
} from '../../../src/engine/index.js';
import { type BertConfig, bert } from '../../../src/models/bert.js';
import { languageStage, lavt } from '../../../src/models/lavt.js';
import {
  adaptiveRotatedConvolution,
  rotatedKernel,
  rotationMatrix,
} from '../../../src/models/parts/adaptiveRotatedConvolution.js';
import { crossScaleInteraction } from '../../../src/models/parts/crossScaleInteraction.js';
import { intraScaleInteraction } from '../../../src/models/parts/intraScaleInteraction.js';
import { gated, pixelWordAttention, type Words } from '../../../src/models/parts/pixelWordAttention.js';
import { topDownDecoder } from '../../../src/models/parts/topDownDecoder.js';
import { rmsin, rmsinInteraction, rotatedDecoder } from '../../../src/models/rmsin.js';
import { patchMerging, type SwinConfig, swin, swinStage, swinTrunk } from '../../../src/models/swin.js';
import { relativePositionIndex, shiftMask, windowGeometry } from '../../../src/nn/index.js';
import type { BuildContext, Built, Kind } from '../kind.js';

type Builder = (context: BuildContext) => Built;

const swinSchema = z
  .object({
    embed_dim: z.number(),
    depths: z.array(z.number()),
    num_heads: z.array(z.number()),
    window_size: z.number(),
    mlp_ratio: z.number(),
  })
  .transform(
    (config): SwinConfig => ({
      width: config.embed_dim,
      depths: config.depths,
      heads: config.num_heads,
      window: config.window_size,
      mlpRatio: config.mlp_ratio,
      dropPath: 0,
      unshiftedInOneWindow: false,
    }),
  );

const bertSchema = z
  .object({
    vocab_size: z.number(),
    hidden_size: z.number(),
    num_hidden_layers: z.number(),
    num_attention_heads: z.number(),
    intermediate_size: z.number(),
    max_position_embeddings: z.number(),
  })
  .transform(
    (config): BertConfig => ({
      vocabularySize: config.vocab_size,
      width: config.hidden_size,
      layers: config.num_hidden_layers,
      heads: config.num_attention_heads,
      hiddenWidth: config.intermediate_size,
      maxPositions: config.max_position_embeddings,
      dropout: 0,
    }),
  );

const modelSchema = z.object({ num_heads_fusion: z.array(z.number()), bert: bertSchema.optional() });
const lossSchema = z.object({ ce_weight: z.array(z.number()), dice_weight: z.number().optional() });
const stageSchema = z.object({
  height: z.number(),
  width: z.number(),
  depth: z.number(),
  dim: z.number(),
  num_heads: z.number(),
  window_size: z.number(),
  mlp_ratio: z.number(),
  num_heads_fusion: z.number(),
});

/** The state dict keeps the index table of every block; it follows from the window alone. */
function relativePositionIndices(context: BuildContext, window: number): Record<string, HostTensor> {
  const area = window * window;
  const table = integerTensor(relativePositionIndex(window), [area, area]);
  const names = [...context.parameterShapes.keys()].filter((name) => name.endsWith('relative_position_index'));
  return Object.fromEntries(names.map((name) => [name, table]));
}

const named = (prefix: string, values: readonly Value[]): Record<string, Value> =>
  Object.fromEntries(values.map((value, index) => [`${prefix}.${index}`, value]));

function losses(context: BuildContext, logits: Value): Built['losses'] {
  if (!context.hasInput('target')) return undefined;
  const { ce_weight: weight, dice_weight: dice } = lossSchema.parse(context.config);
  const target = context.input('target');
  const crossEntropyLoss = crossEntropy(logits, target, { weight });
  if (dice === undefined) return { loss: crossEntropyLoss };
  const diceTerm = diceLoss(logits, target);
  const loss = addAll([mul(crossEntropyLoss, 1 - dice), mul(diceTerm, dice)]);
  return { loss, loss_ce: crossEntropyLoss, loss_dice: diceTerm };
}

/** Text states as the fusion reads them: the files hold them as [B, Ct, L]. */
const wordsFromInputs = (context: BuildContext, name: string): Words => ({
  states: permute(context.input(name), [0, 2, 1]),
  mask: context.input('l_mask'),
});

type Whole = (scope: Scope, image: Value, words: Words, config: Parameters<typeof lavt>[3]) => ReturnType<typeof lavt>;

/** LAVT or RMSIN, with BERT inside where the kind says so. */
const whole =
  (build: Whole, withText: boolean): Builder =>
  (context: BuildContext): Built => {
    const backbone = swinSchema.parse(context.config);
    const config = modelSchema.parse(context.config);
    let words: Words;
    const outputs: Record<string, Value> = {};
    if (withText) {
      const mask = context.input('attention_mask');
      const states = bert(context.scope.child('text_encoder'), context.input('input_ids'), mask, config.bert!);
      outputs.last_hidden_state = states[states.length - 1];
      words = { states: outputs.last_hidden_state, mask: reshape(mask, [...mask.shape, 1]) };
    } else words = wordsFromInputs(context, 'l_feats');
    const result = build(context.scope, context.input('image'), words, {
      trunk: swinTrunk(backbone),
      fusionHeads: config.num_heads_fusion,
    });
    Object.assign(outputs, named('features', result.features), { decoder: result.decoder, logits: result.logits });
    if ('routes' in result) Object.assign(outputs, result.routes);
    if ('stages' in result) Object.assign(outputs, named('stage', result.stages as Value[]));
    return {
      outputs,
      losses: losses(context, result.logits),
      fixed: relativePositionIndices(context, backbone.window),
    };
  };

const stage =
  (interact: typeof languageStage): Builder =>
  (context: BuildContext): Built => {
    const config = stageSchema.parse(context.config);
    const backbone: SwinConfig = {
      width: config.dim,
      depths: [config.depth],
      heads: [config.num_heads],
      window: config.window_size,
      mlpRatio: config.mlp_ratio,
      dropPath: 0,
      unshiftedInOneWindow: false,
    };
    const x = { tokens: context.input('x'), height: config.height, width: config.width };
    const words = wordsFromInputs(context, 'l');
    const { residual, stream } = interact(
      context.scope,
      swinStage(context.scope, x, backbone, 0),
      words,
      config.num_heads_fusion,
    );
    const down = patchMerging(context.scope.child('downsample'), stream);
    return {
      outputs: { x_residual: residual.tokens, x_down: down.tokens },
      fixed: relativePositionIndices(context, config.window_size),
    };
  };

const scales = ['c1', 'c2', 'c3', 'c4'];

/** Kinds of the published models and their parts. */
export const modelKinds: Readonly<Record<string, Kind>> = {
  swin: {
    build(context) {
      const config = swinSchema.parse(context.config);
      const features = swin(context.scope, context.input('image'), config);
      return { outputs: named('features', features), fixed: relativePositionIndices(context, config.window) };
    },
  },
  'swin.mask': {
    build({ config }) {
      const schema = z.object({ window_size: z.number(), shift_size: z.number(), sizes: z.array(z.array(z.number())) });
      const { window_size: window, shift_size: shift, sizes } = schema.parse(config);
      const masks = sizes.map(([height, width]) => [
        `attn_mask.${height}x${width}`,
        shiftMask(windowGeometry(height, width, window, shift)),
      ]);
      const index = relativePositionIndex(window);
      const area = window * window;
      return {
        outputs: Object.fromEntries([...masks, ['relative_position_index', constant(index, [area, area], 'int64')]]),
      };
    },
  },
  bert: {
    build(context) {
      const states = bert(
        context.scope,
        context.input('input_ids'),
        context.input('attention_mask'),
        bertSchema.parse(context.config),
      );
      return { outputs: { ...named('hidden_states', states), last_hidden_state: states[states.length - 1] } };
    },
  },
  pwam: {
    build(context) {
      const heads = z.object({ num_heads: z.number() }).parse(context.config).num_heads;
      const { mixed, language } = pixelWordAttention(
        context.scope,
        context.input('x'),
        wordsFromInputs(context, 'l'),
        heads,
      );
      return { outputs: { mm: mixed, lang: language } };
    },
  },
  'lavt.stage': { build: stage(languageStage) },
  'rmsin.stage': { build: stage(rmsinInteraction) },
  decoder: {
    build: (context) => ({
      outputs: {
        logits: topDownDecoder(
          context.scope,
          scales.map((name) => context.input(name)),
        ).logits,
      },
    }),
  },
  'rmsin.decoder': {
    build(context) {
      const { logits, routes } = rotatedDecoder(
        context.scope,
        scales.map((name) => context.input(name)),
      );
      return { outputs: { logits, ...routes } };
    },
  },
  lavt: { build: whole(lavt, false) },
  lavt_one: { build: whole(lavt, true) },
  rmsin: { build: whole(rmsin, false) },
  rmsin_one: { build: whole(rmsin, true) },
  'rmsin.iim': {
    build(context) {
      const { side } = z.object({ side: z.number() }).parse(context.config);
      const x = { tokens: context.input('x'), height: side, width: side };
      const { channelMean, weight, residual } = intraScaleInteraction(context.scope.child('visual_residual'), x);
      return {
        outputs: {
          channel_mean: channelMean,
          spatial_weight: weight,
          v_residual: residual,
          gated: gated(context.scope.child('visual_gate'), residual),
        },
      };
    },
  },
  'rmsin.cim': {
    build(context) {
      const features = [0, 1, 2, 3].map((scale) => context.input(`x.${scale}`));
      const { maps, ...intermediates } = crossScaleInteraction(context.scope, features);
      return { outputs: { ...named('y', maps), ...intermediates } };
    },
  },
  'rmsin.arc': {
    build(context) {
      const schema = z.object({ out_channels: z.number(), kernel_number: z.number() });
      const { out_channels: width, kernel_number: kernels } = schema.parse(context.config);
      const { rotatedWeight, ...rest } = adaptiveRotatedConvolution(context.scope, context.input('x'), width, kernels);
      return { outputs: { ...rest, rotated_weight: rotatedWeight } };
    },
  },
  'rmsin.rotate': {
    build(context) {
      const thetas = context.input('thetas');
      const rotated = rotatedKernel(thetas, context.input('lambdas'), context.input('weight'));
      return { outputs: { rotation_matrix: rotationMatrix(thetas), rotated_weight: rotated } };
    },
  },
};
