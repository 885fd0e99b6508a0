import { UserError } from '../errors/index.js';
import { devices } from '../runtimes/providers.js';
import { emptySentenceProblem, isEmptySentence } from '../text/index.js';
import { type Detail, details } from './detail.js';
import type { LoadOptions } from './loadModel.js';
import type { SegmentOptions } from './segmentation.js';
import type { SegmentSettings } from './segmentImage.js';
import { viewCounts } from './views.js';

/** A value as a message shows it: the text "0.5" is not the number 0.5. */
const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

function checkOptions(options: unknown, example: string): void {
  if (typeof options === 'object' && options !== null) return;
  throw new TypeError(`options ${shown(options)}: expected an object such as ${example}`);
}

/**
 * What a caller asked for, defaults filled in.
 * @throws RangeError for a probability, a detail or a number of views that there cannot be, TypeError for what are no
 *   options or no signal
 */
export function settingsOf(options: SegmentOptions): SegmentSettings & { readonly detail: Detail } {
  checkOptions(options, "{ detail: 'tiles' }");
  const { threshold = 0.5, existsThreshold = 0.5, detail = 'auto', views = 1, signal } = options;
  for (const [name, value] of Object.entries({ threshold, existsThreshold })) {
    if (!(typeof value === 'number' && value > 0 && value < 1)) {
      throw new RangeError(`${name} ${shown(value)}: expected a probability between 0 and 1, as a number`);
    }
  }
  if (!details.includes(detail)) throw new RangeError(`detail ${shown(detail)}: expected ${details.join(', ')}`);
  if (!viewCounts.includes(views)) throw new RangeError(`views ${shown(views)}: expected ${viewCounts.join(', ')}`);
  if (signal && typeof signal.throwIfAborted !== 'function') {
    throw new TypeError(`signal ${shown(signal)}: expected an AbortSignal, such as the signal of an AbortController`);
  }
  return { threshold, existsThreshold, detail, views, signal };
}

/** @throws TypeError for what is no text, UserError for an empty one */
export function checkSentence(sentence: unknown): asserts sentence is string {
  if (typeof sentence !== 'string') {
    throw new TypeError(`sentence ${String(sentence)}: expected a text, or a list of texts`);
  }
  if (isEmptySentence(sentence)) throw new UserError(emptySentenceProblem);
}

/**
 * @throws TypeError for what is no name of a model, RangeError for a device or a number of threads that there cannot be
 */
export function checkLoadOptions(nameOrFolder: unknown, options: LoadOptions): void {
  if (typeof nameOrFolder !== 'string') {
    throw new TypeError(`model ${String(nameOrFolder)}: expected the name of a shipped model, or a folder`);
  }
  checkOptions(options, '{ threads: 2 }');
  const { device, threads } = options;
  if (device !== undefined && !devices.includes(device)) {
    throw new RangeError(`device ${shown(device)}: expected ${devices.join(', ')}`);
  }
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw new RangeError(`threads ${shown(threads)}: expected a whole number above 0`);
  }
}
