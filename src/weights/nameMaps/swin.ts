import type { Destination, NameMap } from './nameMap.js';

/** Which Swin a file is read as: v1 has position tables, v2 cosine attention and a position network. */
export type SwinVersion = 1 | 2;

const to = (target: string): Destination[] => [{ target }];

/** Our names of a Swin's parameters. LAVT and its family put the fusion with the words beside them, in the same stages. */
export const swinNames = /^(patch_embed\.|layers\.\d+\.(blocks|downsample)\.|norm\d\.)/;

/** Microsoft's own names, which are also ours; backbones that give four maps have `norm0` to `norm3` besides. */
export const microsoftSwin: NameMap = {
  format: "Microsoft's Swin",
  anchor: 'patch_embed.proj.weight',
  destinations: (name) => (swinNames.test(name) ? to(name) : []),
};

/** timm writes Microsoft's names, but gives the patch merging to the stage behind it. */
export const timmSwin: NameMap = {
  format: "timm's Swin",
  anchor: 'patch_embed.proj.weight',
  recognises: (names) =>
    names.has('layers.1.downsample.reduction.weight') && !names.has('layers.0.downsample.reduction.weight'),
  destinations(name) {
    const merging = /^layers\.(\d+)\.downsample\.(.+)$/.exec(name);
    if (merging) return to(`layers.${Number(merging[1]) - 1}.downsample.${merging[2]}`);
    return microsoftSwin.destinations(name);
  },
};

/**
 * torchvision, and SatlasPretrain with it: stages and mergings count through `features`. Its v2 has one bias for query,
 * key and value, of which the key's part is not used.
 */
export const torchvisionSwin = (version: SwinVersion): NameMap => ({
  format: `torchvision's Swin v${version} (SatlasPretrain's too)`,
  anchor: 'features.0.0.weight',
  destinations(name) {
    const match = /^features\.(\d+)\.(.+)$/.exec(name);
    if (!match) return [];
    const position = Number(match[1]);
    const rest = match[2];
    if (position === 0) {
      const embedding = /^([02])\.(weight|bias)$/.exec(rest);
      return embedding ? to(`patch_embed.${embedding[1] === '0' ? 'proj' : 'norm'}.${embedding[2]}`) : [];
    }
    if (position % 2 === 0) return to(`layers.${position / 2 - 1}.downsample.${rest}`);
    const block = /^(\d+)\.(.+)$/.exec(rest);
    if (!block) return [];
    const target = `layers.${(position - 1) / 2}.blocks.${block[1]}.`;
    const part = block[2].replace(/^mlp\.0\./, 'mlp.fc1.').replace(/^mlp\.3\./, 'mlp.fc2.');
    if (version === 2 && part === 'attn.qkv.bias')
      return [
        { target: `${target}attn.q_bias`, third: 0 },
        { target: `${target}attn.v_bias`, third: 2 },
      ];
    return to(target + part);
  },
});

/** Parts of a block that have other names at Hugging Face, in its files and in its newer models. */
const huggingFaceParts: Record<string, string> = {
  layernorm_before: 'norm1',
  layernorm_after: 'norm2',
  'attention.output.dense': 'attn.proj',
  'attention.o_proj': 'attn.proj',
  'intermediate.dense': 'mlp.fc1',
  'output.dense': 'mlp.fc2',
  'mlp.fc1': 'mlp.fc1',
  'mlp.fc2': 'mlp.fc2',
  'attention.self.continuous_position_bias_mlp.0': 'attn.cpb_mlp.0',
  'attention.self.continuous_position_bias_mlp.2': 'attn.cpb_mlp.2',
  'attention.continuous_position_bias_mlp.0': 'attn.cpb_mlp.0',
  'attention.continuous_position_bias_mlp.2': 'attn.cpb_mlp.2',
};

/** Hugging Face: query, key and value apart. Its backbones name the norms of the four maps `hidden_states_norms`. */
export const huggingFaceSwin = (version: SwinVersion): NameMap => ({
  format: `Hugging Face's Swin v${version}`,
  anchor: 'embeddings.patch_embeddings.projection.weight',
  destinations(name) {
    const embedding = /^embeddings\.(patch_embeddings\.projection|norm)\.(weight|bias)$/.exec(name);
    if (embedding) return to(`patch_embed.${embedding[1] === 'norm' ? 'norm' : 'proj'}.${embedding[2]}`);
    const norm = /^hidden_states_norms\.stage([1-4])\.(weight|bias)$/.exec(name);
    if (norm) return to(`norm${Number(norm[1]) - 1}.${norm[2]}`);
    const layer = /^encoder\.layers\.(\d+)\.(.+)$/.exec(name);
    if (!layer) return [];
    const stage = `layers.${layer[1]}.`;
    if (layer[2].startsWith('downsample.')) return to(stage + layer[2]);
    const block = /^blocks\.(\d+)\.(.+)$/.exec(layer[2]);
    if (!block) return [];
    const target = `${stage}blocks.${block[1]}.`;
    const part = block[2];
    const single = /(?:^|\.)(relative_position_bias_table|logit_scale)$/.exec(part);
    if (single) return to(`${target}attn.${single[1]}`);
    const projection = /^attention\.(?:self\.)?(query|key|value|q_proj|k_proj|v_proj)\.(weight|bias)$/.exec(part);
    if (projection) {
      const slot = ({ q: 0, k: 1, v: 2 } as const)[projection[1][0] as 'q' | 'k' | 'v'];
      if (version === 1 || projection[2] === 'weight') return [{ target: `${target}attn.qkv.${projection[2]}`, slot }];
      return slot === 1 ? [] : to(`${target}attn.${slot === 0 ? 'q' : 'v'}_bias`);
    }
    const known = /^(.+)\.(weight|bias)$/.exec(part);
    return known && Object.hasOwn(huggingFaceParts, known[1])
      ? to(`${target}${huggingFaceParts[known[1]]}.${known[2]}`)
      : [];
  },
});
