import { modernNormName } from './bert.js';
import type { NameMap } from './nameMap.js';

/**
 * The releases of LAVT and RMSIN: the names are ours already. A BERT that a checkpoint keeps apart stands under
 * `text_encoder.` here (see `findStateDict`).
 */
export const lavt: NameMap = {
  format: 'LAVT or RMSIN',
  anchor: 'backbone.patch_embed.proj.weight',
  destinations(name) {
    if (/^(backbone|classifier)\./.test(name)) return [{ target: name }];
    if (!name.startsWith('text_encoder.')) return [];
    return [{ target: modernNormName(name.replace(/^text_encoder\.bert\./, 'text_encoder.')) }];
  },
};
