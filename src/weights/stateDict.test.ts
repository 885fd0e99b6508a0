import { describe, expect, it } from 'vitest';
import { UserError } from '../errors/index.js';
import { findStateDict, withoutWrapper } from './stateDict.js';

const tensor = (key: string) => ({
  kind: 'tensor' as const,
  storage: { kind: 'storage' as const, key, dtype: 'F32' as const, count: 1 },
  dtype: 'F32' as const,
  offset: 0,
  shape: [1],
  strides: [1],
});
/** A dict of tensors by name; each lies in a storage that is called after the dict and the name. */
const dict = (label: string, names: readonly string[], more: readonly (readonly [string, unknown])[] = []) =>
  new Map<unknown, unknown>([...names.map((name) => [name, tensor(`${label}/${name}`)] as const), ...more]);
const found = (value: unknown): Record<string, string> =>
  Object.fromEntries([...findStateDict(value, 'f.pth')].map(([name, { storage }]) => [name, storage.key]));

const words = 'embeddings.word_embeddings.weight';

describe('the tensors of a checkpoint', () => {
  it('are those of a state dict, of one under a usual key, and of one below that', () => {
    expect(found(dict('top', ['a', 'b']))).toEqual({ a: 'top/a', b: 'top/b' });
    const model = dict('model', ['a', 'b']);
    expect(
      found(
        new Map<unknown, unknown>([
          ['epoch', 3],
          ['model', model],
        ]),
      ),
    ).toEqual({ a: 'model/a', b: 'model/b' });
    const deep = new Map([['state_dict', new Map([['model', new Map([['net', model]])]])]]);
    expect(found(deep)).toEqual({ a: 'model/a', b: 'model/b' });
    // Before another usual key, `state_dict` is what holds the weights.
    expect(
      found(
        new Map([
          ['model', dict('other', ['x'])],
          ['state_dict', model],
        ]),
      ),
    ).toEqual({
      a: 'model/a',
      b: 'model/b',
    });
  });

  it('are the larger part where a dict has tensors and a part under a usual key', () => {
    const few = dict('few', ['x']);
    expect(found(dict('top', ['a', 'b'], [['backbone', few]]))).toEqual({ a: 'top/a', b: 'top/b' });
    const many = dict('many', ['x', 'y', 'z']);
    expect(Object.keys(found(dict('top', ['a', 'b'], [['backbone', many]])))).toEqual(['x', 'y', 'z']);
  });

  it("lose wrappers' prefixes that all of them have", () => {
    expect(found(dict('top', ['module._orig_mod.a', 'module._orig_mod.b']))).toEqual({
      a: 'top/module._orig_mod.a',
      b: 'top/module._orig_mod.b',
    });
    expect(Object.keys(found(dict('top', ['module.a', 'b'])))).toEqual(['module.a', 'b']);
    expect(withoutWrapper([])('module.a')).toBe('module.a');
  });

  it('have a BERT that stands beside them, but not beside their own', () => {
    const bert = dict('bert', [`module.${words}`, 'module.pooler.weight']);
    const model = dict('model', ['backbone.a', 'backbone.b', 'backbone.c']);
    expect(
      found(
        new Map<unknown, unknown>([
          ['model', model],
          ['optimizer', new Map()],
          ['bert_model', bert],
        ]),
      ),
    ).toEqual({
      'backbone.a': 'model/backbone.a',
      'backbone.b': 'model/backbone.b',
      'backbone.c': 'model/backbone.c',
      [`text_encoder.${words}`]: `bert/module.${words}`,
      'text_encoder.pooler.weight': 'bert/module.pooler.weight',
    });
    const whole = dict('model', ['backbone.a', `text_encoder.${words}`, 'c']);
    expect(
      found(
        new Map([
          ['model', whole],
          ['bert_model', bert],
        ]),
      ),
    ).toEqual({
      'backbone.a': 'model/backbone.a',
      [`text_encoder.${words}`]: `model/text_encoder.${words}`,
      c: 'model/c',
    });
  });

  it.each([
    [
      new Map<unknown, unknown>([
        ['epoch', 1],
        ['args', 'x'],
      ]),
      /f\.pth: holds no tensors by name.*its keys are: epoch, args/,
    ],
    [
      [1, 2],
      /f\.pth: holds no tensors by name, neither at its top nor under state_dict, model, model_state_dict\. Save/,
    ],
    [new Map([['model', new Map()]]), /its keys are: model/],
  ])('are missed by name', (value, message) => {
    expect(() => findStateDict(value, 'f.pth')).toThrow(UserError);
    expect(() => findStateDict(value, 'f.pth')).toThrow(message);
  });
});
