/** The row of a name in a list that holds each name once; a new one is added. */
export function internedRow(list: string[], value: string): number {
  // These lists hold a handful of names, except the sources of masks, where a name comes again at once or never.
  if (list.at(-1) === value) return list.length - 1;
  const found = list.length > 64 ? -1 : list.indexOf(value);
  return found >= 0 ? found : list.push(value) - 1;
}
