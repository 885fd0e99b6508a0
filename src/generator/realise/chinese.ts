import type { Random } from '../../random/index.js';
import type { Form, Test, Things } from '../logicalForm.js';
import { nounOfKey } from '../nouns.js';
import {
  chineseImperatives,
  chineseNumerals,
  chineseOrdinals,
  colourWords,
  headingWords,
  insideWords,
  placeWords,
  relationWords,
  sideWords,
} from './chinesePhrases.js';
import { insideNouns, spanningNouns } from './englishPhrases.js';

/**
 * Writes a logical form in Chinese, its wording chosen at random. Modifiers stand before the noun, the widest first:
 * place, relation, choice, count, size, colour.
 */
export function realiseChinese(form: Form, random: Random): string {
  const imageWord = random.pick(['图像', '图像', '图片', '画面', '图', '影像']);
  const words = new Map<string, string>();
  let imageMentioned = false;
  let depth = 0;
  const chance = (share: number): boolean => random.next() < share;

  const say = (wordings: readonly string[]): string => {
    const usable = imageMentioned ? wordings.filter((wording) => !wording.includes('{图}')) : wordings;
    const chosen = random.pick(usable.length > 0 ? usable : wordings);
    if (chosen.includes('{图}')) imageMentioned = true;
    return chosen.replace('{图}', imageWord);
  };

  const noun = (things: Things): string => {
    const known = words.get(things.noun);
    if (known) return known;
    const { chinese, key } = nounOfKey(things.noun);
    const word = chinese.length === 0 ? key : chance(0.5) ? chinese[0] : random.pick(chinese);
    words.set(things.noun, word);
    return word;
  };
  const measure = (things: Things): string => nounOfKey(things.noun).measures[0];

  /** A phrase inside another one; there places stand without 在, which the outer one brings. */
  const inner = (things: Things, before = ''): string => {
    depth++;
    const text = phrase(things, before);
    depth--;
    return text;
  };

  const relation = (test: Extract<Test, { test: 'relation' }>, subject: string): string => {
    const inside = test.relation === 'on' && insideNouns.has(test.anchor.things.noun);
    const { anchor: which, things } = test.anchor;
    const another = which === 'any' && things.noun === subject ? random.pick(['另一', '其他']) : '';
    const anchor = `${another === '另一' ? `另一${measure(things)}` : another}${inner(things)}`;
    if (test.relation === 'on' && spanningNouns.has(subject)) return `横跨${anchor}`;
    return random.pick(inside ? insideWords : relationWords[test.relation]).replace('{x}', anchor);
  };

  /** A test as a predicate: "在左侧", "比船大", "是白色". */
  const predicate = (test: Test, subject: string): string => {
    switch (test.test) {
      case 'colour':
        return `是${colourWords[test.colour]}`;
      case 'size':
        return test.size === 'large' ? '较大' : '较小';
      case 'place':
        return `${random.pick(['在', '位于'])}${say(placeWords[test.place])}`;
      case 'heading':
        return headingWords[test.toward][0].replace(/的$/, '');
      case 'relation':
        return relation(test, subject);
      case 'between':
        return test.second
          ? `在${inner(test.first)}和${inner(test.second)}之间`
          : `在两${measure(test.first)}${inner(test.first)}之间`;
      case 'surrounded':
        return `被${inner(test.by)}${random.pick(['包围', '环绕', '围住'])}`;
      case 'compare':
        return `比${pronoun(test.than)}${test.by === 'larger' ? '大' : '小'}`;
      case 'not':
        return test.of.test === 'surrounded' || test.of.test === 'compare'
          ? `没有${predicate(test.of, subject)}`
          : `不${predicate(test.of, subject)}`;
    }
  };

  /** "白色的那艘": the phrase with the noun replaced by its measure word, where something tells it apart. */
  const pronoun = (things: Things): string => {
    depth++;
    const modifiers = modifiersOf(things);
    depth--;
    const text = modifiers.outer + modifiers.choice + modifiers.inner;
    if (text === '' || chance(0.3)) return `${text}${noun(things)}`;
    return `${text.endsWith('的') || modifiers.choice.endsWith(measure(things)) ? text : `${text}的`}${
      modifiers.inner === '' && modifiers.choice.endsWith(measure(things)) ? '' : `那${measure(things)}`
    }`;
  };

  const modifiersOf = (things: Things): { outer: string; choice: string; inner: string } => {
    let outer = '';
    let choice = '';
    let size = '';
    let colour = '';
    const places: string[] = [];
    for (const test of things.tests) {
      switch (test.test) {
        case 'colour':
          colour = colourWords[test.colour] + (chance(0.45) ? '的' : '');
          break;
        case 'size':
          size = random.pick(test.size === 'large' ? ['大的', '较大的', '大型'] : ['小的', '较小的', '小型']);
          break;
        case 'place':
          places.push(
            depth > 0 || chance(0.55) ? `${say(placeWords[test.place])}的` : `${predicate(test, things.noun)}的`,
          );
          break;
        case 'heading':
          outer += random.pick(headingWords[test.toward]);
          break;
        case 'relation':
          // "桥旁边的船" beside "在桥旁边的船".
          outer += `${chance(0.5) ? predicate(test, things.noun).replace(/^(在|位于)/, '') : predicate(test, things.noun)}的`;
          break;
        case 'between':
          outer += `${chance(0.5) ? predicate(test, things.noun).replace(/^在/, '') : predicate(test, things.noun)}的`;
          break;
        case 'not':
          outer +=
            test.of.test === 'colour' && chance(0.3)
              ? `非${colourWords[test.of.colour]}的`
              : `${predicate(test, things.noun)}的`;
          break;
        default:
          outer += `${predicate(test, things.noun)}的`;
      }
    }
    const pick = things.pick;
    switch (pick?.pick) {
      case 'fromSide': {
        const side = sideWords[pick.side];
        choice =
          pick.rank === 1 && chance(0.8)
            ? random.pick(side.extreme)
            : `${random.pick(side.from)}第${chineseOrdinals[pick.rank - 1]}${measure(things)}`;
        break;
      }
      case 'bySize': {
        const word = pick.size === 'large' ? '大' : '小';
        choice = pick.rank === 1 ? `最${word}的` : `第${chineseOrdinals[pick.rank - 1]}${word}的`;
        break;
      }
      case 'nearest':
        choice = `${random.pick(['离', '距离', '距'])}${inner(pick.to)}最近的`;
        break;
      case 'farthest':
        choice = `${random.pick(['离', '距离'])}${inner(pick.from)}最远的`;
        break;
      case 'mostCentral':
        choice = random.pick([`最靠近${imageWord}中心的`, '最靠近中心的', '最中间的']);
        break;
      case 'group':
        choice =
          pick.shape === 'row'
            ? random.pick(['一排', '排成一排的', '排成一列的'])
            : random.pick(['一群', '聚集在一起的', '一组']);
        break;
    }
    return { outer: places.join('') + outer, choice, inner: size + colour };
  };

  /** A noun phrase; `between` (a count, 所有) stands before what describes the thing itself. */
  const phrase = (things: Things, between = ''): string => {
    const { outer, choice, inner } = modifiersOf(things);
    return `${outer}${choice}${between}${inner}${noun(things)}`;
  };

  const counted = (things: Things, count: number): string => {
    const figure = count <= 10 && chance(0.8) ? chineseNumerals[count] : String(count);
    const unit = random.pick(nounOfKey(things.noun).measures);
    return `${figure}${unit}`;
  };

  const nounGroup = (part: Form): string => {
    switch (part.form) {
      case 'the':
        return phrase(part.things);
      case 'all': {
        if (part.things.pick?.pick === 'group') return phrase(part.things);
        if (part.count !== undefined) {
          const count = counted(part.things, part.count);
          return phrase(part.things, chance(0.25) ? `这${count}` : count);
        }
        const draw = random.next();
        const all = random.pick(['所有', '所有的', '全部', '全部的']);
        if (draw < 0.4) return `${all}${phrase(part.things)}`;
        if (draw < 0.7) return phrase(part.things, all);
        if (draw < 0.8) return phrase(part.things, `每一${measure(part.things)}`);
        return phrase(part.things);
      }
      case 'cover':
        return `${random.pick(['', '', '所有', '全部'])}${noun(part.things)}`;
      case 'except': {
        const but = pronoun(part.but);
        const rest = phrase(part.things);
        return random.pick([
          `除了${but}以外的所有${rest}`,
          `除${but}外的所有${rest}`,
          `除${but}之外的其他${rest}`,
          `所有${rest}，除了${but}`,
          `所有${rest}，不包括${but}`,
        ]);
      }
      case 'union': {
        const parts = part.parts.map((inner) =>
          inner.form === 'all' ? `${random.pick(['所有', '全部', ''])}${phrase(inner.things)}` : nounGroup(inner),
        );
        const last = parts.pop() ?? '';
        return `${parts.join('、')}${random.pick(['和', '和', '以及', '与'])}${last}`;
      }
    }
  };

  const sentence = (): string => {
    const draw = random.next();
    if (form.form === 'the' && !form.things.pick && draw < 0.06) {
      imageMentioned = true;
      return `${random.pick(['图中有', '图像中有', '这里有'])}一${measure(form.things)}${phrase(form.things)}`;
    }
    if (form.form === 'the' && !form.things.pick && draw > 0.92) {
      const index = form.things.tests.findIndex(
        ({ test }) => test === 'place' || test === 'relation' || test === 'between',
      );
      if (index >= 0) {
        const rest = { ...form.things, tests: form.things.tests.filter((_, other) => other !== index) };
        if (rest.tests.every(({ test }) => test === 'colour' || test === 'size')) {
          return `${chance(0.7) ? `一${measure(rest)}` : ''}${phrase(rest)}${predicate(form.things.tests[index], rest.noun)}`;
        }
      }
    }
    const group = nounGroup(form);
    const lead =
      !imageMentioned && chance(0.14)
        ? `${random.pick(['图中', '图像中', '图片里', '画面中'])}${chance(0.7) ? '的' : ''}`
        : '';
    return draw < 0.3 ? `${random.pick(chineseImperatives)}${lead}${group}` : `${lead}${group}`;
  };

  const text = sentence();
  return random.next() < 0.12 ? `${text}。` : text;
}
