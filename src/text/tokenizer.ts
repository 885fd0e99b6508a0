import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { type BertNormaliserOptions, normaliseForBert, splitBertWords } from './bertNormaliser.js';
import { type WordPieceModel, wordPieces } from './wordPiece.js';

/** The ids of the tokens with a meaning of their own. */
export interface SpecialIds {
  /** [PAD], which fills a sentence up. */
  readonly padding: number;
  /** [UNK], for what no piece covers. */
  readonly unknown: number;
  /** [CLS], in front of a sentence. */
  readonly start: number;
  /** [SEP], behind a sentence. */
  readonly end: number;
}

/** BERT's tokeniser: the same tokens as Hugging Face transformers' `BertTokenizer`, for every text. */
export interface Tokenizer {
  /** Token to id; ids run from 0 without holes. */
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly specialIds: SpecialIds;
  readonly normaliser: BertNormaliserOptions;
  readonly model: WordPieceModel;
  /** Tokens that are found in the raw sentence before anything else, [CLS] and its like. */
  readonly addedTokens: readonly string[];
  /** A sentence's words: lower-cased, punctuation apart; added tokens as they stand. */
  words(sentence: string): string[];
  /**
   * A sentence's tokens, without [CLS] and [SEP].
   * @param splitWord says of a word that it should be split into pieces even where it is a token itself; never by default
   */
  tokens(sentence: string, splitWord?: (word: string) => boolean): string[];
  /** The token of an id. Throws a RangeError when there is none. */
  tokenOf(id: number): string;
}

const specialTokens = { padding: '[PAD]', unknown: '[UNK]', start: '[CLS]', end: '[SEP]' } as const;

/** BERT's normaliser as in bert-base-uncased. */
export const uncasedNormaliser: BertNormaliserOptions = {
  cleanText: true,
  separateChinese: true,
  stripAccents: null,
  lowerCase: true,
};

function createTokenizer(
  vocabulary: ReadonlyMap<string, number>,
  normaliser: BertNormaliserOptions,
  model: WordPieceModel,
  addedTokens: readonly string[],
  source: string,
): Tokenizer {
  const tokenOfId: string[] = new Array(vocabulary.size);
  for (const [token, id] of vocabulary) {
    if (!Number.isInteger(id) || id < 0 || id >= vocabulary.size || tokenOfId[id] !== undefined)
      throw new UserError(
        `${source}: the id ${id} of ${JSON.stringify(token)} is taken or beyond the ${vocabulary.size} tokens`,
      );
    tokenOfId[id] = token;
  }
  const idOf = (token: string): number => {
    const id = vocabulary.get(token);
    if (id === undefined) throw new UserError(`${source}: the vocabulary lacks ${token}, which every sentence needs`);
    return id;
  };
  const specialIds = {
    padding: idOf(specialTokens.padding),
    unknown: idOf(specialTokens.unknown),
    start: idOf(specialTokens.start),
    end: idOf(specialTokens.end),
  };
  const longestFirst = [...addedTokens].sort((a, b) => b.length - a.length);
  const added = new Set(addedTokens);
  const escaped = longestFirst.map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const splitter = escaped.length > 0 ? new RegExp(`(${escaped.join('|')})`, 'u') : undefined;
  const words = (sentence: string): string[] =>
    (splitter ? sentence.split(splitter) : [sentence]).flatMap((part) =>
      added.has(part) ? [part] : splitBertWords(normaliseForBert(part, normaliser)),
    );
  return {
    vocabulary,
    specialIds,
    normaliser,
    model,
    addedTokens,
    words,
    tokens: (sentence, splitWord) =>
      words(sentence).flatMap((word) =>
        added.has(word) ? [word] : wordPieces(word, model, { splitWhole: splitWord?.(word) ?? false }),
      ),
    tokenOf(id) {
      const token = tokenOfId[id];
      if (token === undefined)
        throw new RangeError(`no token has the id ${id}: the vocabulary has ${tokenOfId.length}`);
      return token;
    },
  };
}

/**
 * Makes a tokeniser of a list of tokens, as in BERT's `vocab.txt`: one a line, the line's number is the id.
 * @param tokens the file's text, or the tokens in order
 * @param options the normaliser, bert-base-uncased's by default; source: names the file in errors
 * @throws UserError when a token stands twice or [PAD], [UNK], [CLS] or [SEP] is missing
 */
export function tokenizerFromVocabulary(
  tokens: string | readonly string[],
  { source = 'vocab.txt', ...normaliser }: Partial<BertNormaliserOptions> & { source?: string } = {},
): Tokenizer {
  const list = typeof tokens === 'string' ? tokens.replace(/\r?\n$/, '').split(/\r?\n/) : tokens;
  const vocabulary = new Map<string, number>();
  for (const [id, token] of list.entries()) {
    const before = vocabulary.get(token);
    if (before !== undefined)
      throw new UserError(`${source}: ${JSON.stringify(token)} stands in lines ${before + 1} and ${id + 1}`);
    vocabulary.set(token, id);
  }
  const model = { vocabulary, unknownToken: specialTokens.unknown, prefix: '##', maxWordCharacters: 100 };
  const added = [...Object.values(specialTokens), '[MASK]'].filter((token) => vocabulary.has(token));
  return createTokenizer(vocabulary, { ...uncasedNormaliser, ...normaliser }, model, added, source);
}

const tokenizerSchema = z.object({
  added_tokens: z
    .array(
      z.object({
        id: z.int().min(0),
        content: z.string().min(1),
        single_word: z.literal(false).optional(),
        normalized: z.boolean().optional(),
      }),
    )
    .default([]),
  normalizer: z.object({
    type: z.literal('BertNormalizer'),
    clean_text: z.boolean().default(true),
    handle_chinese_chars: z.boolean().default(true),
    strip_accents: z.boolean().nullable().default(null),
    lowercase: z.boolean().default(true),
  }),
  pre_tokenizer: z.object({ type: z.literal('BertPreTokenizer') }),
  model: z.object({
    type: z.literal('WordPiece').optional(),
    unk_token: z.string().default('[UNK]'),
    continuing_subword_prefix: z.string().default('##'),
    max_input_chars_per_word: z.int().positive().default(100),
    vocab: z.record(z.string(), z.int().min(0)),
  }),
});

/**
 * Makes a tokeniser of a `tokenizer.json` of Hugging Face (BERT's kind: BertNormalizer, BertPreTokenizer, WordPiece).
 * Its truncation and padding are left to `encodeSentence`.
 * @param json the file's text
 * @param options settings over the file's normaliser (those of a `tokenizer_config.json`); source: names the file in errors
 * @throws UserError when it is not JSON or another kind of tokeniser
 */
export function tokenizerFromJson(
  json: string,
  { source = 'tokenizer.json', ...normaliser }: Partial<BertNormaliserOptions> & { source?: string } = {},
): Tokenizer {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new UserError(`${source}: not valid JSON: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = tokenizerSchema.safeParse(value);
  if (!parsed.success)
    throw new UserError(`${source}: not a tokeniser of BERT's kind (WordPiece): ${z.prettifyError(parsed.error)}`);
  const { added_tokens: added, normalizer, model } = parsed.data;
  const vocabulary = new Map(Object.entries(model.vocab));
  for (const { content, id, normalized } of added) {
    const known = vocabulary.get(content);
    if (known !== undefined && known !== id)
      throw new UserError(
        `${source}: ${content} has the id ${known} in the vocabulary and ${id} among the added tokens`,
      );
    if (normalized && normaliseForBert(content, uncasedNormaliser) !== content)
      throw new UserError(`${source}: the added token ${content} is looked for after normalising: not supported`);
    vocabulary.set(content, id);
  }
  return createTokenizer(
    vocabulary,
    {
      cleanText: normalizer.clean_text,
      separateChinese: normalizer.handle_chinese_chars,
      stripAccents: normalizer.strip_accents,
      lowerCase: normalizer.lowercase,
      ...normaliser,
    },
    {
      vocabulary,
      unknownToken: model.unk_token,
      prefix: model.continuing_subword_prefix,
      maxWordCharacters: model.max_input_chars_per_word,
    },
    added.map(({ content }) => content),
    source,
  );
}

/** Writes a tokeniser as a `tokenizer.json` that Hugging Face's tokenizers and transformers load. */
export function tokenizerToJson({ vocabulary, specialIds, normaliser, model, addedTokens }: Tokenizer): string {
  const special = (name: 'start' | 'end'): { SpecialToken: { id: string; type_id: number } } => ({
    SpecialToken: { id: specialTokens[name], type_id: 0 },
  });
  const template = (name: 'start' | 'end'): object => ({
    id: specialTokens[name],
    ids: [specialIds[name]],
    tokens: [specialTokens[name]],
  });
  const second = (part: object): object => ({
    ...Object.fromEntries(Object.entries(part).map(([key, value]) => [key, { ...value, type_id: 1 }])),
  });
  const single = [special('start'), { Sequence: { id: 'A', type_id: 0 } }, special('end')];
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens
      .map((content) => ({
        id: vocabulary.get(content)!,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      }))
      .sort((a, b) => a.id - b.id),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: normaliser.cleanText,
      handle_chinese_chars: normaliser.separateChinese,
      strip_accents: normaliser.stripAccents,
      lowercase: normaliser.lowerCase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, second({ Sequence: { id: 'B' } }), second(special('end'))],
      special_tokens: { [specialTokens.start]: template('start'), [specialTokens.end]: template('end') },
    },
    decoder: { type: 'WordPiece', prefix: model.prefix, cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: model.unknownToken,
      continuing_subword_prefix: model.prefix,
      max_input_chars_per_word: model.maxWordCharacters,
      vocab: Object.fromEntries([...vocabulary].sort((a, b) => a[1] - b[1])),
    },
  };
  return `${JSON.stringify(json, null, 1)}\n`;
}

/** A `tokenizer_config.json` to stand beside `tokenizer.json`, so that transformers' `AutoTokenizer` loads the folder. */
export function tokenizerConfigJson({ normaliser }: Tokenizer, maxTokens: number): string {
  const config = {
    tokenizer_class: 'BertTokenizer',
    model_max_length: maxTokens,
    do_lower_case: normaliser.lowerCase,
    strip_accents: normaliser.stripAccents,
    tokenize_chinese_chars: normaliser.separateChinese,
    pad_token: specialTokens.padding,
    unk_token: specialTokens.unknown,
    cls_token: specialTokens.start,
    sep_token: specialTokens.end,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
