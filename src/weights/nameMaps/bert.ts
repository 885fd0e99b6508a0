import type { NameMap } from './nameMap.js';

/** The first BERT files call a norm's weight `gamma` and its bias `beta`. */
export const modernNormName = (name: string): string => name.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias');

/** BERT as Hugging Face and the original files name it; the prefix (`bert.`) is found by the anchor. */
export const bert: NameMap = {
  format: 'BERT',
  anchor: 'embeddings.word_embeddings.weight',
  destinations: (name) => (/^(embeddings|encoder\.layer)\./.test(name) ? [{ target: modernNormName(name) }] : []),
};
