import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PictureTransform, turningOf } from './directions.js';
import { rewriteSentence } from './rewriteSentence.js';
import { namesBrightness, namesColour, namesPlace } from './sentenceTraits.js';

/** Each: sentence, horizontal flip, vertical flip, a quarter turn clockwise; null where it cannot be said. */
const cases: [string, string | null, string | null, string | null][] = [
  ['the red car', 'the red car', 'the red car', 'the red car'],
  ['the red car on the left', 'the red car on the right', 'the red car on the left', 'the red car at the top'],
  ['car on the right side', 'car on the left side', 'car on the right side', 'car on the bottom side'],
  ['the top left plane', 'the top right plane', 'the bottom left plane', 'the top right plane'],
  ['the lower-right plane', 'the lower-left plane', 'the upper-right plane', 'the lower-left plane'],
  [
    'plane in the left bottom corner',
    'plane in the right bottom corner',
    'plane in the left top corner',
    'plane in the left top corner',
  ],
  [
    'the leftmost and the bottommost ship',
    'the rightmost and the bottommost ship',
    'the leftmost and the topmost ship',
    'the topmost and the leftmost ship',
  ],
  [
    'the bright roof left of the tree',
    'the bright roof right of the tree',
    'the bright roof left of the tree',
    'the bright roof above the tree',
  ],
  [
    'the car to the left of the bus',
    'the car to the right of the bus',
    'the car to the left of the bus',
    'the car above the bus',
  ],
  ['the car above the bus', 'the car above the bus', 'the car below the bus', 'the car to the right of the bus'],
  ['the car above', 'the car above', 'the car below', null],
  ['a western road', 'an eastern road', 'a western road', 'a northern road'],
  ['the northeast runway', 'the northwest runway', 'the southeast runway', 'the southeast runway'],
  ['south-west of the lake', 'south-east of the lake', 'north-west of the lake', 'north-west of the lake'],
  [
    'a leftover pile, brightly lit, upright',
    'a leftover pile, brightly lit, upright',
    'a leftover pile, brightly lit, upright',
    'a leftover pile, brightly lit, upright',
  ],
  [
    'two roads at a right angle',
    'two roads at a right angle',
    'two roads at a right angle',
    'two roads at a right angle',
  ],
  ['the house right next to the pool', null, 'the house right next to the pool', null],
  [
    'the house on the right near the pool',
    'the house on the left near the pool',
    'the house on the right near the pool',
    'the house at the bottom near the pool',
  ],
  ['the only car left behind', null, 'the only car left behind', null],
  ['the car that is left', null, 'the car that is left', null],
  [
    'the car that is left of the road',
    'the car that is right of the road',
    'the car that is left of the road',
    'the car that is above the road',
  ],
  ['the second car', null, null, null],
  [
    'the second car from the left',
    'the second car from the right',
    'the second car from the left',
    'the second car from the top',
  ],
  ['the second largest car', 'the second largest car', 'the second largest car', 'the second largest car'],
  ['the car behind the house', 'the car behind the house', null, null],
  ['the helipad on top of the hospital', 'the helipad on top of the hospital', null, null],
  [
    'the tank at the top of the image',
    'the tank at the top of the image',
    'the tank at the bottom of the image',
    'the tank on the right of the image',
  ],
  ['the lower building', 'the lower building', null, null],
  ['the lower half', 'the lower half', 'the upper half', 'the left half'],
  ['the upper runway', 'the upper runway', 'the lower runway', 'the right runway'],
  ['the car turning left', 'the car turning right', null, null],
  [
    'the clockwise roundabout',
    'the counterclockwise roundabout',
    'the counterclockwise roundabout',
    'the clockwise roundabout',
  ],
  ['the roof with the letter h', null, null, 'the roof with the letter h'],
  ['the horizontal road', 'the horizontal road', 'the horizontal road', 'the vertical road'],
  ['the top row of cars', 'the top row of cars', 'the bottom row of cars', null],
  ['a row of cars', 'a row of cars', 'a row of cars', 'a row of cars'],
  ['the left-hand side', 'the right-hand side', 'the left-hand side', 'the top side'],
  ['Left car', 'Right car', 'Left car', 'Top car'],
  ['TOP LEFT CAR', 'TOP RIGHT CAR', 'BOTTOM LEFT CAR', 'TOP RIGHT CAR'],
  [
    'the plane at 3 o’clock, the ship',
    'the plane at 3 o’clock, the ship',
    'the plane at 3 o’clock, the ship',
    'the plane at 3 o’clock, the ship',
  ],
  ["the plane at 3 o'clock", null, null, null],
  ['cars from left to right', 'cars from right to left', 'cars from left to right', 'cars from top to bottom'],
  [
    'the rooftop and the stopped truck',
    'the rooftop and the stopped truck',
    'the rooftop and the stopped truck',
    'the rooftop and the stopped truck',
  ],
  ['左边的红色汽车', '右边的红色汽车', '左边的红色汽车', '上边的红色汽车'],
  ['左上角的飞机', '右上角的飞机', '左下角的飞机', '右上角的飞机'],
  ['最右侧的船', '最左侧的船', '最右侧的船', '最下侧的船'],
  ['图像下方的建筑', '图像下方的建筑', '图像上方的建筑', '图像左方的建筑'],
  ['停在路上的车', '停在路上的车', '停在路上的车', '停在路上的车'],
  ['屋顶是蓝色的房子', '屋顶是蓝色的房子', '屋顶是蓝色的房子', '屋顶是蓝色的房子'],
  ['图像顶部的储罐', '图像顶部的储罐', '图像底部的储罐', '图像右侧的储罐'],
  ['东北角的球场', '西北角的球场', '东南角的球场', '东南角的球场'],
  ['河流西岸的建筑', '河流东岸的建筑', '河流西岸的建筑', '河流北岸的建筑'],
  ['东京的东西', '东京的东西', '东京的东西', '东京的东西'],
  ['东西走向的道路', '东西走向的道路', '东西走向的道路', '南北走向的道路'],
  ['从左数第二辆车', '从右数第二辆车', '从左数第二辆车', '从上数第二辆车'],
  ['第二辆车', null, null, null],
  ['下起第二辆车', '下起第二辆车', '上起第二辆车', '左起第二辆车'],
  ['最上面的船', '最上面的船', '最下面的船', '最右面的船'],
  ['plane on left', 'plane on right', 'plane on left', 'plane at top'],
  ['plane at bottom of image', 'plane at bottom of image', 'plane at top of image', 'plane on left of image'],
  ['the ship furthest up', 'the ship furthest up', 'the ship furthest down', 'the ship furthest to the right'],
  [
    'the car furthest to the left',
    'the car furthest to the right',
    'the car furthest to the left',
    'the car furthest up',
  ],
  [
    'the tank halfway down the left side',
    'the tank halfway down the right side',
    'the tank halfway down the left side',
    'the tank halfway along the top side',
  ],
  ['第二大的湖', '第二大的湖', '第二大的湖', '第二大的湖'],
  ['房子后面的车', '房子后面的车', null, null],
  ['桌子上面的车', '桌子上面的车', null, null],
  ['水平的跑道', '水平的跑道', '水平的跑道', '竖直的跑道'],
  ['道路左右两侧的树', '道路左右两侧的树', '道路左右两侧的树', null],
  [
    'the car on the left 左侧的车',
    'the car on the right 右侧的车',
    'the car on the left 左侧的车',
    'the car at the top 上侧的车',
  ],
];

describe('rewriteSentence', () => {
  it.each(cases)('%s', (sentence, horizontal, vertical, quarter) => {
    expect(rewriteSentence(sentence, 'flip-horizontal'), 'flip-horizontal').toBe(horizontal);
    expect(rewriteSentence(sentence, 'flip-vertical'), 'flip-vertical').toBe(vertical);
    expect(rewriteSentence(sentence, 'rotate-90'), 'rotate-90').toBe(quarter);
  });

  it('comes back after two flips or four quarter turns', () => {
    const side = fc.constantFrom('left', 'right');
    const level = fc.constantFrom('top', 'bottom', 'upper', 'lower');
    const sentence = fc.oneof(
      fc.tuple(level, side).map(([first, second]) => `the ship in the ${first} ${second} corner`),
      side.map((word) => `the ${word}most plane near the bridge`),
      fc.constantFrom('north', 'south', 'northeast', 'southwest').map((word) => `the ${word}ern part of the lake`),
      fc
        .tuple(fc.constantFrom('左', '右'), fc.constantFrom('上', '下'))
        .map(([first, second]) => `${first}${second}角的储罐`),
      fc.constantFrom('东', '西', '南', '北').map((word) => `${word}侧的球场`),
    );
    fc.assert(
      fc.property(
        sentence,
        fc.constantFrom<PictureTransform>('flip-horizontal', 'flip-vertical', 'rotate-180'),
        (text, transform) => {
          const once = rewriteSentence(text, transform);
          expect(once).not.toBeNull();
          expect(rewriteSentence(once ?? '', transform)).toBe(text);
        },
      ),
    );
    fc.assert(
      fc.property(sentence, (text) => {
        let turned: string | null = text;
        for (let time = 0; time < 4 && turned !== null; time++) turned = rewriteSentence(turned, 'rotate-90');
        // "upper" and "left" share one word family member after a turn; the pair's family is all that may change.
        expect(turned?.replace(/upper/, 'top').replace(/lower/, 'bottom')).toBe(
          text.replace(/upper/, 'top').replace(/lower/, 'bottom'),
        );
        expect(rewriteSentence(rewriteSentence(text, 'rotate-90') ?? '', 'rotate-270')).toBe(text);
      }),
    );
  });

  it('treats a half turn as both flips', () => {
    for (const [sentence] of cases) {
      const flipped = rewriteSentence(sentence, 'flip-horizontal');
      const both = flipped === null ? null : rewriteSentence(flipped, 'flip-vertical');
      const turned = rewriteSentence(sentence, 'rotate-180');
      // Mirrors change writing and turns of wheels; a half turn leaves them.
      if (flipped !== null && both !== null && !/clockwise|turning/.test(sentence)) expect(turned, sentence).toBe(both);
    }
  });

  it('never throws and never changes what it does not understand', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const result = rewriteSentence(text, 'flip-horizontal');
        if (!/left|right|west|east|[左右东西]/i.test(text) && result !== null && !/clock/i.test(text))
          expect(result).toBe(text);
      }),
    );
  });

  it('turns directions as pictures turn', () => {
    const order = ['up', 'right', 'down', 'left'] as const;
    expect(order.map(turningOf('rotate-90').turn)).toEqual(['right', 'down', 'left', 'up']);
    expect(order.map(turningOf('rotate-270').turn)).toEqual(['left', 'up', 'right', 'down']);
    expect(order.map(turningOf('rotate-180').turn)).toEqual(['down', 'left', 'up', 'right']);
    expect(order.map(turningOf('flip-horizontal').turn)).toEqual(['up', 'left', 'down', 'right']);
  });
});

describe('what a sentence names', () => {
  it('knows colours and brightness, whole words only', () => {
    expect(['the red car', 'a greyish roof', '白色的汽车', '红车'].map(namesColour)).toEqual([true, true, true, true]);
    expect(['the tanker', 'colored', 'the covered stadium', '最大的船'].map(namesColour)).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(['the dark car', '深色的屋顶', 'the lighthouse', 'car'].map(namesBrightness)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('knows what a crop could falsify', () => {
    const safe = ['all the cars', 'the largest ship', 'the leftmost plane', 'two red cars', '所有的汽车', '最大的飞机'];
    const unsafe = [
      'the car on the left',
      'the ship near the pier',
      'the second car',
      'plane in the middle',
      '左侧的车',
      '桥旁边的船',
      'the only tank',
      'all the cars except the topmost one',
      'the ships larger than the leftmost ship',
      '除最左边的船以外的所有船',
    ];
    expect(safe.filter(namesPlace)).toEqual([]);
    expect(unsafe.filter((sentence) => !namesPlace(sentence))).toEqual([]);
  });
});
