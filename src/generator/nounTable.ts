/** Words for one kind of thing. */
export interface Noun {
  readonly key: string;
  /** Normalised category names that the noun surely means. */
  readonly categories: readonly string[];
  /** Categories that the word may mean as well: where they occur, the noun is not clear. */
  readonly mayBe: readonly string[];
  /** English words, singular and plural, the most usual first. */
  readonly english: readonly (readonly [one: string, many: string])[];
  /** English without number, for land cover ("water"); none: the plural serves ("buildings"). */
  readonly englishMass: readonly string[];
  /** Chinese words, the most usual first; none: Chinese sentences leave the noun alone. */
  readonly chinese: readonly string[];
  /** Chinese measure words for counting. */
  readonly measures: readonly string[];
  /** Whether a colour can tell such things apart. */
  readonly colour: boolean;
  /** Whether size can. */
  readonly size: boolean;
  /** Whether one sees from above where its front is. */
  readonly heading: boolean;
  /** A word for several categories at once ("vehicle"). */
  readonly isHypernym: boolean;
}

type Flag = 'noColour' | 'noSize' | 'hypernym';
interface Row {
  /** Categories, joined by `|`; the first is the key. */
  readonly is: string;
  readonly mayBe?: string;
  /** Singular words joined by `|`; an irregular plural behind a slash. */
  readonly en: string;
  readonly mass?: string;
  readonly zh: string;
  readonly measure?: string;
  readonly flags?: readonly Flag[];
  readonly key?: string;
}

const region: readonly Flag[] = ['noColour', 'noSize'];
const ground: readonly Flag[] = ['noColour'];

/*
 * NWPU-Refer's 32 categories with the spellings of NWPU VHR-10, iSAID, DOTA, DIOR, RefSegRS, COCO and the open sets.
 * A category may stand in several rows: each is a way to name it.
 */
const rows: readonly Row[] = [
  {
    is: 'car|small vehicle|automobile|passenger car|sedan',
    mayBe: 'vehicle|van|minibus|pickup|taxi',
    en: 'car|automobile',
    zh: '汽车|小汽车|轿车',
    measure: '辆',
  },
  {
    is: 'small vehicle',
    mayBe: 'vehicle',
    en: 'small vehicle',
    zh: '小型车辆|小型车',
    measure: '辆',
    flags: ['noSize'],
  },
  {
    is: 'large vehicle',
    mayBe: 'vehicle|truck|bus|lorry',
    en: 'large vehicle|heavy vehicle|big vehicle',
    zh: '大型车辆|大型车|大车',
    measure: '辆',
    flags: ['noSize'],
  },
  {
    is: 'truck|lorry',
    mayBe: 'vehicle|large vehicle|trailer|pickup',
    en: 'truck|lorry',
    zh: '卡车|货车',
    measure: '辆',
  },
  { is: 'bus', mayBe: 'vehicle|large vehicle|minibus', en: 'bus', zh: '公交车|大巴|巴士', measure: '辆' },
  { is: 'minibus', mayBe: 'vehicle|van|bus', en: 'minibus', zh: '小巴|面包车', measure: '辆' },
  { is: 'van', mayBe: 'vehicle|minibus', en: 'van', zh: '厢式车|面包车', measure: '辆' },
  { is: 'trailer', mayBe: 'vehicle|large vehicle|truck', en: 'trailer', zh: '拖车|挂车', measure: '辆' },
  { is: 'vehicle', mayBe: 'digger', en: 'vehicle|car', zh: '车辆|汽车|车', measure: '辆' },
  {
    key: 'any vehicle',
    is: 'vehicle|car|small vehicle|large vehicle|truck|lorry|bus|minibus|van|automobile|pickup|trailer|taxi',
    mayBe: 'digger|motorcycle|train',
    en: 'vehicle',
    zh: '车辆|车',
    measure: '辆',
    flags: ['hypernym', 'noSize'],
  },
  { is: 'ship|boat|vessel', en: 'ship|boat|vessel', zh: '船|船只|船舶', measure: '艘|条' },
  {
    is: 'airplane|plane|aeroplane',
    mayBe: 'aircraft',
    en: 'plane|airplane|aeroplane',
    zh: '飞机|客机',
    measure: '架',
  },
  {
    key: 'any aircraft',
    is: 'airplane|plane|aeroplane|helicopter|aircraft',
    en: 'aircraft/aircraft',
    zh: '飞行器|航空器',
    measure: '架',
    flags: ['hypernym'],
  },
  { is: 'aircraft', mayBe: 'helicopter', en: 'aircraft/aircraft', zh: '飞机', measure: '架' },
  { is: 'helicopter', en: 'helicopter|chopper', zh: '直升机', measure: '架' },
  { is: 'train', mayBe: 'train carriage', en: 'train', zh: '火车|列车', measure: '列' },
  {
    is: 'building',
    mayBe: 'house|warehouse|stadium',
    en: 'building',
    zh: '建筑|建筑物|房屋',
    measure: '栋|座',
  },
  { is: 'house', en: 'house', zh: '房子|房屋', measure: '栋' },
  {
    is: 'photovolatic|photovoltaic|solar panel|pv panel|solar panels',
    en: 'solar panel|photovoltaic panel|solar array|PV panel',
    zh: '光伏板|太阳能板|太阳能电池板',
    measure: '块|片',
    flags: ground,
  },
  {
    is: 'road|street',
    mayBe: 'airplaneroad|road intersection',
    en: 'road',
    zh: '道路|公路',
    measure: '条',
    flags: region,
  },
  { is: 'bridge', mayBe: 'overpass', en: 'bridge', zh: '桥|桥梁|大桥', measure: '座', flags: ground },
  { is: 'overpass', mayBe: 'bridge', en: 'overpass|flyover', zh: '立交桥|高架桥', measure: '座', flags: ground },
  {
    is: 'road intersection|intersection|crossroad|crossroads|junction',
    mayBe: 'roundabout',
    en: 'road intersection|intersection|road junction|crossroads/crossroads',
    zh: '十字路口|路口|交叉路口',
    measure: '个|处',
    flags: region,
  },
  {
    is: 'roundabout|traffic circle',
    en: 'roundabout|traffic circle',
    zh: '环岛|环形交叉口',
    measure: '个|处',
    flags: ground,
  },
  {
    is: 'parking|parking lot|parking area|car park',
    en: 'parking lot|car park|parking area',
    zh: '停车场|停车区',
    measure: '个|处',
    flags: ground,
  },
  {
    is: 'airplaneroad|runway|airstrip',
    mayBe: 'taxiway',
    en: 'runway|airstrip',
    zh: '跑道|飞机跑道|机场跑道',
    measure: '条',
    flags: region,
  },
  {
    is: 'basketball court',
    en: 'basketball court',
    zh: '篮球场',
    measure: '个|块',
  },
  { is: 'tennis court', en: 'tennis court', zh: '网球场', measure: '个|块' },
  { is: 'badminton court', en: 'badminton court', zh: '羽毛球场', measure: '个|块' },
  { is: 'volleyball court', en: 'volleyball court', zh: '排球场', measure: '个|块' },
  {
    key: 'any court',
    is: 'basketball court|tennis court|badminton court|volleyball court',
    en: 'court|sports court',
    zh: '球场',
    measure: '个|块',
    flags: ['hypernym', 'noSize', 'noColour'],
  },
  {
    is: 'baseball court|baseball diamond|baseball field',
    mayBe: 'softball field',
    en: 'baseball field|baseball diamond|ballpark',
    zh: '棒球场',
    measure: '个|座',
    flags: ground,
  },
  {
    is: 'football court|soccer ball field|soccer field|football field|football pitch|soccer pitch',
    mayBe: 'rugby court|american football field',
    en: 'football field|soccer field|football pitch|soccer pitch',
    zh: '足球场',
    measure: '个|块',
    flags: ground,
  },
  {
    is: 'rugby court|rugby field|rugby pitch',
    mayBe: 'football court',
    en: 'rugby field|rugby pitch',
    zh: '橄榄球场',
    measure: '个|块',
    flags: ground,
  },
  {
    is: 'ground track field|running track|athletics track|track field|track and field',
    en: 'running track|athletics track|ground track field|track field',
    zh: '田径场|运动场|操场',
    measure: '个|座',
    flags: ground,
  },
  {
    key: 'any sports field',
    is: 'baseball court|baseball diamond|baseball field|football court|soccer ball field|soccer field|football field|rugby court|ground track field',
    en: 'sports field',
    zh: '运动场地',
    measure: '个|块',
    flags: ['hypernym', 'noSize', 'noColour'],
  },
  { is: 'golf field|golf course|golffield', en: 'golf course', zh: '高尔夫球场', measure: '个', flags: region },
  { is: 'stadium', en: 'stadium/stadiums', zh: '体育场|体育馆', measure: '座', flags: ground },
  {
    is: 'pool|swimming pool',
    en: 'swimming pool|pool',
    zh: '游泳池|泳池',
    measure: '个',
    flags: ground,
  },
  {
    is: 'storage tank|storagetank|oil tank|tank',
    en: 'storage tank|tank|oil tank',
    zh: '储罐|油罐|储油罐',
    measure: '个|座',
  },
  {
    is: 'container|shipping container',
    mayBe: 'container crane',
    en: 'container|shipping container|cargo container',
    zh: '集装箱|货柜',
    measure: '个',
  },
  {
    is: 'harbor|harbour|port|dock|pier',
    en: 'harbor|harbour|pier|dock',
    zh: '港口|码头',
    measure: '个|座',
    flags: ground,
  },
  {
    is: 'pylon|transmission tower|power pylon|power tower',
    en: 'pylon|power pylon|transmission tower|electricity pylon',
    zh: '电塔|输电塔|高压电塔',
    measure: '座|个',
    flags: ground,
  },
  {
    is: 'digger|excavator',
    en: 'excavator|digger',
    zh: '挖掘机|挖土机',
    measure: '台|辆',
  },
  {
    is: 'wind turbine|windmill',
    en: 'wind turbine|windmill',
    zh: '风力发电机|风机|风车',
    measure: '台|座',
    flags: ground,
  },
  {
    is: 'construction tower|tower crane|crane',
    mayBe: 'container crane',
    en: 'tower crane|construction crane|crane',
    zh: '塔吊|塔式起重机|起重机',
    measure: '台|座',
  },
  { is: 'container crane', mayBe: 'crane', en: 'container crane|gantry crane', zh: '龙门吊|岸桥', measure: '台' },
  { is: 'chimney|smokestack', en: 'chimney|smokestack', zh: '烟囱', measure: '根|座' },
  { is: 'dam', en: 'dam', zh: '大坝|水坝', measure: '座', flags: ground },
  { is: 'river', mayBe: 'water|canal', en: 'river', mass: '', zh: '河流|河', measure: '条', flags: region },
  { is: 'lake|pond', mayBe: 'water', en: 'lake', zh: '湖泊|湖', measure: '个|片', flags: ground },
  {
    is: 'ocean|sea',
    mayBe: 'water',
    en: 'ocean|sea',
    mass: 'ocean|sea',
    zh: '海洋|海|大海',
    measure: '片',
    flags: region,
  },
  { is: 'land', en: 'land area|piece of land/pieces of land', mass: 'land', zh: '陆地', measure: '片', flags: region },
  {
    is: 'grass|grassland|lawn|meadow',
    mayBe: 'vegetation|low vegetation',
    en: 'lawn|grass area|patch of grass/patches of grass|grassy area',
    mass: 'grass',
    zh: '草地|草坪',
    measure: '片|块',
    flags: ground,
  },
  {
    is: 'water|water body',
    en: 'body of water/bodies of water|water area',
    mass: 'water',
    zh: '水域|水体|水面',
    measure: '片',
    flags: ground,
  },
  {
    is: 'vegetation',
    en: 'vegetation area|green area',
    mass: 'vegetation|greenery',
    zh: '植被',
    measure: '片',
    flags: region,
  },
  {
    is: 'low vegetation',
    en: 'area of low vegetation/areas of low vegetation',
    mass: 'low vegetation',
    zh: '低矮植被',
    measure: '片',
    flags: region,
  },
  { is: 'tree', mayBe: 'forest|vegetation', en: 'tree', zh: '树|树木', measure: '棵', flags: ground },
  {
    is: 'forest|woodland',
    mayBe: 'tree',
    en: 'forest|wood',
    mass: 'forest|woodland',
    zh: '森林|树林',
    measure: '片',
    flags: region,
  },
  { is: 'sidewalk|pavement', en: 'sidewalk', zh: '人行道', measure: '条', flags: region },
  { is: 'road marking', en: 'road marking', zh: '道路标线|路面标线', measure: '条', flags: region },
  { is: 'bikeway|bike lane', en: 'bike lane|bikeway', zh: '自行车道', measure: '条', flags: region },
  {
    is: 'impervious surface',
    en: 'paved area',
    mass: 'impervious surface|paved ground',
    zh: '不透水面',
    measure: '片',
    flags: region,
  },
  {
    is: 'bare land|barren|bareland|bare soil',
    en: 'bare area',
    mass: 'bare land|bare soil',
    zh: '裸地',
    measure: '片',
    flags: region,
  },
  {
    is: 'farmland|agriculture|agriculture land|cropland',
    en: 'crop field',
    mass: 'farmland|cropland',
    zh: '农田|耕地',
    measure: '块|片',
    flags: region,
  },
  { is: 'airport', en: 'airport', zh: '机场', measure: '座|个', flags: region },
  { is: 'helipad', en: 'helipad', zh: '直升机停机坪', measure: '个', flags: ground },
  {
    is: 'expressway service area',
    en: 'service area|expressway service area',
    zh: '高速服务区|服务区',
    measure: '个',
    flags: region,
  },
  {
    is: 'expressway toll station|toll station',
    en: 'toll station|toll plaza',
    zh: '收费站',
    measure: '个',
    flags: region,
  },
  {
    is: 'train station|trainstation|railway station',
    en: 'train station|railway station',
    zh: '火车站',
    measure: '座|个',
    flags: region,
  },
  { is: 'railway|rail', en: 'railway', zh: '铁路', measure: '条', flags: region },
  { is: 'warehouse', mayBe: 'building', en: 'warehouse', zh: '仓库', measure: '座' },
  { is: 'greenhouse', en: 'greenhouse', zh: '温室|大棚', measure: '座' },
  { is: 'person|pedestrian|people', en: 'person/people', zh: '人|行人', measure: '个', flags: ['noColour', 'noSize'] },
  { is: 'bicycle|bike', en: 'bicycle|bike', zh: '自行车', measure: '辆' },
  { is: 'motorcycle|motorbike', en: 'motorcycle|motorbike', zh: '摩托车', measure: '辆' },
];

/** English plural by the regular rules. */
export function regularPlural(word: string): string {
  if (/(s|x|z|ch|sh)$/.test(word)) return `${word}es`;
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return `${word}s`;
}

/** Things whose front is plain to see in a picture from above; that of a car is not. */
const withFront: ReadonlySet<string> = new Set(['airplane', 'plane', 'aircraft', 'helicopter', 'ship', 'boat']);

const list = (text: string | undefined): string[] => (text ? text.split('|') : []);

/** Makes a noun of table columns; also for categories that the table does not know. */
function nounOf(row: Row): Noun {
  const categories = list(row.is);
  const flags = row.flags ?? [];
  return {
    key: row.key ?? categories[0],
    categories,
    mayBe: list(row.mayBe),
    english: list(row.en).map((word) => {
      const [one, many] = word.split('/');
      return [one, many ?? regularPlural(one)] as const;
    }),
    englishMass: list(row.mass),
    chinese: list(row.zh),
    measures: list(row.measure ?? '个'),
    colour: !flags.includes('noColour'),
    size: !flags.includes('noSize'),
    heading: categories.some((category) => withFront.has(category)),
    isHypernym: flags.includes('hypernym'),
  };
}

/** Every noun that has words of its own. */
export const nounTable: readonly Noun[] = rows.map(nounOf);

/** A noun made of a category's own name, for names that the table does not know. */
export function nounFromName(category: string): Noun {
  const name = category.replace(/[|/]/g, ' ').replace(/\s+/g, ' ').trim();
  const isChinese = /\p{Script=Han}/u.test(name);
  const hasLetters = /\p{L}/u.test(name);
  const word = hasLetters ? name : `class ${name} object`.replace(/ {2,}/g, ' ');
  // A name that is a plural already ("buildings") serves as one.
  const plural = /[^su]s$/.test(word) && word.length > 3;
  const one = plural ? word.replace(/(?<=(ch|sh|x|ss))es$|s$/, '') : word;
  return {
    key: category,
    categories: [category],
    mayBe: [],
    english: isChinese ? [] : [[one, plural ? word : regularPlural(word)]],
    englishMass: [],
    chinese: isChinese ? [name] : [],
    measures: ['个'],
    colour: true,
    size: true,
    heading: false,
    isHypernym: false,
  };
}
