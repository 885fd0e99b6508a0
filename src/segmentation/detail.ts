/**
 * How a picture that is larger than the model's input is shown to it: `whole` shrinks it to the input, `tiles` keeps its
 * detail by overlapping windows, `auto` decides by the picture's size and the sentence.
 */
export const details = ['auto', 'whole', 'tiles'] as const;

export type Detail = (typeof details)[number];

/** Longest side, in inputs of the model, up to which `auto` shows a picture whole. */
const largestWholeRatio = 4;
/** Side of a window in inputs of the model: windows are shrunk to a half, much as pictures are in training. */
const windowRatio = 2;

const word = (words: string): string => `(?<![\\p{L}\\p{N}])(?:${words})(?![\\p{L}\\p{N}])`;

const pictureWords = 'image|picture|photo(?:graph)?|scene|frame|view|background|foreground';
const places =
  'left|right|top|bottom|upper|lower|(?:north|south)-?(?:east|west)?(?:ern)?|(?:east|west)(?:ern)?|middle|cent(?:er|re|ral)|corners?|edges?|borders?';
/** "left of the road" relates two things that a window may hold; "left of the picture" does not. */
const notOfAThing = `(?!(?:[- ](?:side|half|part|corner|edge|border|end|left|right))* of (?!(?:(?:the|this|whole|entire) )*(?:${pictureWords})))`;
const orders =
  'first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|\\d+(?:st|nd|rd|th)|(?!al)\\p{L}*most|least|largest|biggest|smallest|tiniest|longest|shortest|tallest|highest|lowest|widest|narrowest|brightest|darkest|lightest|nearest|closest|farthest|furthest';

const wholePicture = new RegExp(`${word(`(?:${places})`)}${notOfAThing}|${word(`${pictureWords}|${orders}`)}`, 'iu');
const wholePictureChinese =
  /最|第[一二三四五六七八九十\d]|[左右东南西北]|上[方边侧部半角面]|下[方边侧部半角面]|[顶底][部端]|中[间央心部]|角落|图[像片中]?|画面/u;

/**
 * True when a sentence can only be answered from the whole picture: it names a place in it ("at the top left"), or an
 * order among all its things ("leftmost", "largest", "the second from"). A window would answer for itself. Relations
 * between neighbours ("left of the road") do not count.
 */
export function asksOfWholePicture(sentence: string): boolean {
  return wholePicture.test(sentence) || wholePictureChinese.test(sentence);
}

/** How many times a picture is shrunk along its longest side when it is shown whole; less than 1 enlarges. */
export function shrinkOf(picture: { width: number; height: number }, inputPx: number): number {
  return Math.max(picture.width, picture.height) / inputPx;
}

/**
 * Side in pixels of the windows that a picture is cut into, or null when it is shown whole. `auto` cuts a picture of more
 * than four inputs of the model along a side, unless the sentence asks of the whole picture.
 * @param inputPx side of the model's input
 */
export function windowSidePx(
  picture: { width: number; height: number },
  sentence: string,
  detail: Detail,
  inputPx: number,
): number | null {
  if (detail === 'whole') return null;
  if (detail === 'auto' && (shrinkOf(picture, inputPx) <= largestWholeRatio || asksOfWholePicture(sentence))) {
    return null;
  }
  return windowRatio * inputPx;
}
