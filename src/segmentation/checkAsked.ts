import { UserError } from '../errors/index.js';
import { isEmptySentence } from '../text/index.js';
import { type Detail, details } from './detail.js';
import type { SegmentOptions } from './segmentation.js';
import type { SegmentSettings } from './segmentImage.js';

/**
 * What a caller asked for, defaults filled in.
 * @throws RangeError for a probability or a detail that there cannot be
 */
export function settingsOf(options: SegmentOptions): SegmentSettings & { readonly detail: Detail } {
  const { threshold = 0.5, existsThreshold = 0.5, detail = 'auto', signal } = options;
  for (const [name, value] of Object.entries({ threshold, existsThreshold })) {
    if (!(typeof value === 'number' && value > 0 && value < 1)) {
      throw new RangeError(`${name} ${String(value)}: expected a probability between 0 and 1`);
    }
  }
  if (!details.includes(detail)) throw new RangeError(`detail ${String(detail)}: expected ${details.join(', ')}`);
  return { threshold, existsThreshold, detail, signal };
}

/** @throws TypeError for what is no text, UserError for an empty one */
export function checkSentence(sentence: unknown): asserts sentence is string {
  if (typeof sentence !== 'string') {
    throw new TypeError(`sentence ${String(sentence)}: expected a text, or a list of texts`);
  }
  if (isEmptySentence(sentence)) throw new UserError('the sentence is empty; say what to find: "the red car"');
}
