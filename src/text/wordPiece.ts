/** A vocabulary of whole words and, with `prefix` in front, of pieces that continue a word. */
export interface WordPieceModel {
  /** Token to id. */
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly unknownToken: string;
  /** `##` */
  readonly prefix: string;
  /** Words of more code points become the unknown token. */
  readonly maxWordCharacters: number;
}

/**
 * Splits a word into pieces, from the left the longest that the vocabulary has (Wu et al. 2016, section 4.1, as BERT
 * applies it).
 * @param options splitWhole: do not take the word as one token even if the vocabulary has it, where pieces exist
 * @returns the pieces, or the unknown token alone when the word is too long or some part of it has no piece
 */
export function wordPieces(
  word: string,
  { vocabulary, unknownToken, prefix, maxWordCharacters }: WordPieceModel,
  { splitWhole = false }: { splitWhole?: boolean } = {},
): string[] {
  const characters = [...word];
  if (characters.length > maxWordCharacters) return [unknownToken];
  const search = (longest: number): string[] | undefined => {
    const pieces: string[] = [];
    let start = 0;
    while (start < characters.length) {
      let end = start === 0 ? longest : characters.length;
      let piece = '';
      for (; end > start; end--) {
        piece = (start > 0 ? prefix : '') + characters.slice(start, end).join('');
        if (vocabulary.has(piece)) break;
      }
      if (end <= start) return undefined;
      pieces.push(piece);
      start = end;
    }
    return pieces;
  };
  if (splitWhole && characters.length > 1) {
    const split = search(characters.length - 1);
    if (split) return split;
  }
  return search(characters.length) ?? [unknownToken];
}
