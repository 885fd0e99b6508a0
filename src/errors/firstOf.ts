/** The first few of many, and how many more there are: `a, b, c and 4 more`, or `a; b; c; and 4 more`. */
export function firstOf(texts: readonly string[], most: number, separator: ', ' | '; ' = ', '): string {
  const first = texts.slice(0, most).join(separator);
  if (texts.length <= most) return first;
  return `${first}${separator === ', ' ? ' ' : separator}and ${texts.length - most} more`;
}
