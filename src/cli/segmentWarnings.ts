import { writeLine } from '../progress/index.js';
import { asksOfWholePicture, type LoadedModel, type Segmentation, shrinkOf } from '../segmentation/index.js';
import type { CommandIo } from './io.js';

/** Most characters of a sentence in a message or a table. */
const mostShown = 100;

/** A text as a message or a table shows it: in one line, a long one by its beginning. */
export function shownText(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > mostShown ? `${line.slice(0, mostShown - 1).trimEnd()}…` : line;
}

/** From this factor on, a person should know that a picture was shrunk. */
const strongShrink = 4;

/**
 * Warns of what makes an answer less than it looks, once for each sentence: words that the model does not know, a
 * sentence that is cut, a place that windows cannot know, detail that is lost.
 */
export function createWarnings(model: LoadedModel, io: CommandIo): (result: Segmentation) => void {
  const told = new Set<string>();
  const warn = (text: string): void => {
    if (told.has(text)) return;
    told.add(text);
    writeLine(io.stderr, `warning: ${text}`);
  };
  return ({ sentence: asked, unknownWords, truncated, windows, mask }) => {
    const { name, config } = model;
    const sentence = shownText(asked);
    if (unknownWords.length > 0) {
      const words = shownText(unknownWords.join(', '));
      // Without a list of words nothing tells what it was trained on; only what has no spelling is known to be strange.
      const reason = model.words
        ? `was never trained on ${words}; its answer may mean "not understood" (the words.txt in its folder lists what it knows)`
        : `has no word pieces for ${words}, whose characters its vocabulary lacks; its answer may mean "not understood"`;
      warn(`"${sentence}": the model ${name} ${reason}`);
    }
    if (truncated) {
      warn(`"${sentence}": longer than the ${config.maxWords} tokens that the model reads; its end is cut`);
    }
    const asksOfWhole = asksOfWholePicture(asked);
    if (windows > 1 && asksOfWhole) {
      warn(
        `"${sentence}": names a place or an order in the whole picture, but each window answers for itself; --resize asks the whole picture`,
      );
    }
    const shrink = shrinkOf(mask, config.imageSizePx);
    if (windows === 1 && shrink > strongShrink) {
      const reason = asksOfWhole ? 'names a place or an order in the whole picture, which is' : 'the picture is';
      warn(
        `"${sentence}": ${reason} shrunk ${shrink.toFixed(1)} times to the model's ${config.imageSizePx} px; small things vanish. Cut the picture to the part that is meant, or use --tile`,
      );
    }
  };
}
