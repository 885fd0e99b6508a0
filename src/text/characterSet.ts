/** Membership of code points. */
export interface CharacterSet {
  has(codePoint: number): boolean;
}

/**
 * Reads ranges written in base 36: the gap from the end of the range before (from 0 for the first), then `.n` where the
 * range holds n more code points.
 */
export function decodeRanges(text: string): CharacterSet {
  const first: number[] = [];
  const last: number[] = [];
  let position = 0;
  for (const part of text.split(' ')) {
    const [gap, more] = part.split('.');
    position += Number.parseInt(gap, 36);
    first.push(position);
    if (more !== undefined) position += Number.parseInt(more, 36);
    last.push(position);
  }
  return {
    has(codePoint) {
      let low = 0;
      let high = first.length - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        if (codePoint < first[middle]) high = middle - 1;
        else if (codePoint > last[middle]) low = middle + 1;
        else return true;
      }
      return false;
    },
  };
}
