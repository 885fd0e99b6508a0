/**
 * A data set of a training as a command names it: `FOLDER`, or `FOLDER=WEIGHT` for its share in an epoch relative to the
 * others. What does not end in a number is a folder's name, whatever it holds.
 */
export function weightedFolder(text: string): { folder: string; weight: number } {
  const match = /^(.+)=(\d+(?:\.\d+)?)$/.exec(text);
  return match ? { folder: match[1], weight: Number(match[2]) } : { folder: text, weight: 1 };
}
