import type { Direction, DirectionRule, Turning } from './directions.js';

const sides = { left: '左', right: '右', up: '上', down: '下' } as const;
const compass = { left: '西', right: '东', up: '北', down: '南' } as const;
/** A whole part of the picture, in the words that go with each direction. */
const parts = { left: '左侧', right: '右侧', up: '顶部', down: '底部' } as const;

const directionOf = (character: string): Direction => {
  for (const direction of ['left', 'right', 'up', 'down'] as const) {
    if (sides[direction] === character || compass[direction] === character) return direction;
  }
  throw new RangeError(`${character} is no direction`);
};

const rule = (pattern: RegExp, rewrite: DirectionRule['rewrite']): DirectionRule => ({
  pattern: new RegExp(pattern.source, 'uy'),
  rewrite,
});
const keep = (pattern: RegExp): DirectionRule => rule(pattern, ([text]) => text);
const refuse = (pattern: RegExp, when: (turning: Turning) => boolean): DirectionRule =>
  rule(pattern, ([text], turning) => (when(turning) ? null : text));

/** What may follow 上 and 下 where they mean a part of the picture and not "on" or "under". */
const partEnd = '[方边侧部半端缘角起数]';

/** A corner or a point between two main directions: the horizontal character stands first, whichever it comes from. */
const turnedPair = (horizontal: string, vertical: string, words: typeof sides | typeof compass, turning: Turning) => {
  const turned = [turning.turn(directionOf(horizontal)), turning.turn(directionOf(vertical))];
  if (turning.isQuarter) turned.reverse();
  return words[turned[0]] + words[turned[1]];
};

/** Chinese rules, the more particular before the general. */
export const chineseRules: readonly DirectionRule[] = [
  rule(/东西(?=走?向|方向)/, ([text], { isQuarter }) => (isQuarter ? '南北' : text)),
  rule(/南北(?=走?向|方向)/, ([text], { isQuarter }) => (isQuarter ? '东西' : text)),
  keep(
    /西瓜|东京|北京|南京|西安|山东|山西|河北|河南|湖北|湖南|广东|广西|江西|陕西|云南|海南|西班牙|南瓜|西红柿|中东|东西|[屋房楼]顶|桥下|树下|楼下|地下|以下|以上/,
  ),
  refuse(/左右|上下/, ({ isQuarter }) => isQuarter),
  rule(/([左右])([转拐])/, ([, side, verb], turning) =>
    turning.mirrors && !turning.movesVertical ? sides[turning.turn(directionOf(side))] + verb : null,
  ),
  rule(/([顺逆])时针/, ([, sense], { mirrors }) => (mirrors ? (sense === '顺' ? '逆时针' : '顺时针') : `${sense}时针`)),
  refuse(/点钟/, () => true),
  keep(/第[一二三四五六七八九十两\d]+[大小长短高宽]/),
  rule(/第[一二三四五六七八九十两\d]+|最后一/, ([text], _turning, before, after) =>
    /从?最?[左右上下东西南北][侧边方面]?(?:起|数|往|到|至|向|开始)/.test(before + after) ? text : null,
  ),
  refuse(/字母|文字|数字|字样|写着/, ({ mirrors }) => mirrors),
  refuse(/[前后][方面侧]|身后|背后/, ({ movesVertical }) => movesVertical),
  rule(/([左右])([上下])/, ([, first, second], turning) => turnedPair(first, second, sides, turning)),
  rule(/([上下])([左右])/, ([, first, second], turning) => turnedPair(second, first, sides, turning)),
  rule(/([东西])([南北])/, ([, first, second], turning) => turnedPair(first, second, compass, turning)),
  rule(/水平|竖直|垂直/, ([text], { isQuarter }) => (!isQuarter ? text : text === '水平' ? '竖直' : '水平')),
  rule(/([横纵])向/, ([text, axis], { isQuarter }) => (!isQuarter ? text : axis === '横' ? '纵向' : '横向')),
  rule(
    /([左右])(面?)/,
    ([, side, end], turning) => sides[turning.turn(directionOf(side))] + (end && (turning.isQuarter ? '方' : end)),
  ),
  rule(/([顶底])([部端边])/, ([text, end, part], turning) => {
    const direction = turning.turn(end === '顶' ? 'up' : 'down');
    if (turning.isQuarter) return parts[direction];
    return turning.movesVertical ? (end === '顶' ? '底' : '顶') + part : text;
  }),
  refuse(/(?<!最)[上下]面/, ({ movesVertical }) => movesVertical),
  rule(
    new RegExp(`(?<=[最正偏靠往向朝从到至])[上下]|[上下](?=${partEnd})`),
    ([side], turning) => sides[turning.turn(directionOf(side))],
  ),
  rule(
    /[东西南北](?=[侧边部面方端角岸向门头半缘翼段区])|(?<=[最朝向往正偏靠由从自到至])[东西南北]/,
    ([point], turning) => compass[turning.turn(directionOf(point))],
  ),
  rule(/[东西南北]/, ([point], { turn }) => (turn(directionOf(point)) === directionOf(point) ? point : null)),
];
